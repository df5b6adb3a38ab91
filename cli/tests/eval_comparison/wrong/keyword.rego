package wrong

allow { input.x }
