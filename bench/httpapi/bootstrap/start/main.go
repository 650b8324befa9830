// The function start serves a ServeMux with httpapi.Start.
package main

import (
	"github.com/go-thaw/thaw/bench/httpapi/bootstrap/internal/service"
	"github.com/go-thaw/thaw/httpapi"
)

func main() { httpapi.Start(service.New(), nil) }
