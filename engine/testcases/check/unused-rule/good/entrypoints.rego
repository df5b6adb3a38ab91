# METADATA
# scope: package
# entrypoint: true
package shop

open if input.hour == 9

closed if not open
