package shop

# METADATA
# entrypoint: true
open if hours[input.hour]

hours contains hour if some hour in numbers.range(9, 17)

# Forgotten.
holiday if input.date in data.holidays
