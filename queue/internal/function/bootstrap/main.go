// The program bootstrap is what would be deployed.
package main

import "github.com/go-thaw/thaw/queue/internal/function"

func main() { function.Run() }
