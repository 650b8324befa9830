module github.com/go-thaw/thaw/examples

go 1.26.0

require github.com/go-thaw/thaw v0.0.0

replace github.com/go-thaw/thaw => ../
