package old

p { input.x }

p { true }
