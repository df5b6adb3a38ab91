package in.bundle

answer := 42
