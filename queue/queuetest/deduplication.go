package queuetest

import (
	"fmt"
	"maps"
	"time"
)

// A deduplication is what a FIFO queue or topic remembers of deduplication ids,
// and the number of its latest message. The zero value remembers nothing.
type deduplication struct {
	messages map[string]deduplicated
	pruned   time.Time // when messages was last cleared of what is too old
	sequence uint64
}

// deduplicated is the message that came with a deduplication id.
type deduplicated struct {
	at           time.Time
	id, sequence string
}

// deduplicationWindow is how long a deduplication id is remembered:
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html.
const deduplicationWindow = 5 * time.Minute

func (d deduplicated) old(now time.Time) bool { return now.Sub(d.at) >= deduplicationWindow }

// find returns the message that came with key, if it is still remembered.
func (d *deduplication) find(key string, now time.Time) (deduplicated, bool) {
	if now.Sub(d.pruned) >= deduplicationWindow { // not at every message: a long queue would take quadratic time
		d.pruned = now
		maps.DeleteFunc(d.messages, func(_ string, m deduplicated) bool { return m.old(now) })
	}
	m, ok := d.messages[key]
	return m, ok && !m.old(now)
}

// add remembers a message and returns its sequence number.
func (d *deduplication) add(key, id string, now time.Time) (sequence string) {
	d.sequence++
	sequence = fmt.Sprintf("%020d", d.sequence)
	if d.messages == nil {
		d.messages = make(map[string]deduplicated)
	}
	d.messages[key] = deduplicated{now, id, sequence}
	return sequence
}
