// Package queuetest is Amazon SQS in memory.
package queuetest
