package expr

import "fmt"

// A complaint is DynamoDB's text about what is wrong with an expression, from
// the part after "Invalid …Expression: " on.
type complaint string

func (c complaint) Error() string { return string(c) }

func complain(format string, args ...any) error {
	if len(args) == 0 {
		return complaint(format)
	}
	return complaint(fmt.Sprintf(format, args...))
}
