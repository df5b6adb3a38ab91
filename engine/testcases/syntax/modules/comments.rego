# first
package a # second

# third

p := 1 # fourth
# fifth
