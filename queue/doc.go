// Package queue handles SQS batches on Lambda and sends messages to SQS.
package queue
