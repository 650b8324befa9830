// Package compare holds two DynamoDB servers against each other: it makes up
// tables, items, requests and expressions, valid and invalid, sends each
// request to both as the bytes that an SDK would send, and compares the
// answers: status, error type, text, output.
//
// Everything follows from a seed, so that a difference can be repeated, and a
// sequence of requests that ends in a difference is shrunk before it is shown.
package compare
