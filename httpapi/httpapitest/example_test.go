package httpapitest_test

import (
	"fmt"
	"net/http"

	"github.com/go-thaw/thaw/httpapi"
	"github.com/go-thaw/thaw/httpapi/httpapitest"
)

// The same request reaches a function through every service; what differs is
// what the service changes on the way.
func Example() {
	function := httpapi.New(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		about := httpapi.RequestFrom(r.Context())
		fmt.Printf("%-16s %-8s %v\n", about.Source, r.URL.EscapedPath(), r.URL.Query()["tag"])
	}), nil)
	for _, source := range httpapitest.Sources() {
		client := httpapitest.New(source, function, nil).Client()
		response, err := client.Get("https://api.example.com/a%2Fb?tag=x&tag=y")
		if err != nil {
			fmt.Println(err)
			return
		}
		response.Body.Close()
	}
	// Output:
	// rest             /a%2Fb   [x y]
	// http-1.0         /a/b     [x y]
	// http-2.0         /a/b     [x y]
	// function-url     /a%2Fb   [x y]
	// alb              /a%2Fb   [y]
	// alb-multi-value  /a%2Fb   [x y]
	// lattice-v1       /a%2Fb   [y]
	// lattice-v2       /a%2Fb   [x y]
}
