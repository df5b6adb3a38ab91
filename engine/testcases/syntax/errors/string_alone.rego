package a

"allow"
