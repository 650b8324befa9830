package queue

// Members and Elements are the splitter under test.
var (
	Members  = members
	Elements = elements
)
