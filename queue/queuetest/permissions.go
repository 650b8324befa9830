package queuetest

import (
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
)

// A permission is a statement of a queue's policy, as AddPermission writes it.
// Statements of other forms stay as they are.
type permission struct {
	Label     string    `json:"Sid"`
	Effect    string    `json:"Effect"`
	Principal principal `json:"Principal"`
	Action    oneOrMore `json:"Action"`
	Resource  string    `json:"Resource"`
}

type principal struct{ AWS oneOrMore }

// oneOrMore is written as a policy has it: one string alone, more of them in a
// list.
type oneOrMore []string

func (o oneOrMore) MarshalJSON() ([]byte, error) {
	if len(o) == 1 {
		return json.Marshal(o[0])
	}
	return json.Marshal([]string(o))
}

type policy struct {
	Version   string            `json:"Version"`
	ID        string            `json:"Id,omitempty"`
	Statement []json.RawMessage `json:"Statement"`
}

// labelled returns the index of the statement with the given label, -1 when
// there is none.
func (p *policy) labelled(label string) int {
	return slices.IndexFunc(p.Statement, func(statement json.RawMessage) bool {
		var s struct{ Sid string }
		return json.Unmarshal(statement, &s) == nil && s.Sid == label
	})
}

var (
	permissionLabel = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)
	accountID       = regexp.MustCompile(`^[0-9]{12}$`)
)

// grantable are the actions that a queue's policy can give to another account; in
// a batch those of the single action count. The rest is the owner's:
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-customer-managed-policy-examples.html.
var grantable = []string{
	"*", "ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes", "GetQueueUrl", "ListDeadLetterSourceQueues",
	"PurgeQueue", "ReceiveMessage", "SendMessage",
}

// maxActions is how many actions a statement may have:
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_AddPermission.html.
const maxActions = 7

// addPermission adds a statement to the queue's policy, on which the fake does
// not act.
func (f *Fake) addPermission(in *struct {
	queueInput
	Label         string
	AWSAccountIDs []string `json:"AWSAccountIds"`
	Actions       []string
}) (any, error) {
	q, err := f.find(in.QueueURL)
	if err != nil {
		return nil, err
	}
	if err := checkPermission(in.Label, in.AWSAccountIDs, in.Actions); err != nil {
		return nil, err
	}
	p, err := q.policy()
	switch {
	case err != nil:
		return nil, err
	case p.labelled(in.Label) >= 0:
		return nil, errValue("Value %s for parameter Label is invalid. Reason: Already exists.", in.Label)
	}
	s := permission{Label: in.Label, Effect: "Allow", Resource: q.arn}
	for _, id := range in.AWSAccountIDs {
		s.Principal.AWS = append(s.Principal.AWS, "arn:aws:iam::"+id+":root")
	}
	for _, action := range in.Actions {
		s.Action = append(s.Action, "SQS:"+action)
	}
	p.Statement = append(p.Statement, encode(s))
	return nil, f.configure(q, map[string]string{"Policy": string(encode(p))})
}

func checkPermission(label string, accounts, actions []string) error {
	switch {
	case label == "":
		return errMissing("Label")
	case len(accounts) == 0:
		return errMissing("AWSAccountIds")
	case len(actions) == 0:
		return errMissing("Actions")
	case !permissionLabel.MatchString(label):
		return errValue("Value %s for parameter Label is invalid. Reason: Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length.", label)
	case len(actions) > maxActions:
		return &Error{Code: "OverLimit", Status: 403, Message: "More actions were found than the maximum allowed of 7."}
	}
	for _, id := range accounts {
		if !accountID.MatchString(id) {
			return errValue("Value %s for parameter PrincipalId is invalid. Reason: Unable to verify.", id)
		}
	}
	for _, action := range actions {
		if !slices.Contains(grantable, action) {
			return errValue("Value SQS:%s for parameter ActionName is invalid. Reason: Only the queue owner is allowed to invoke this action.", action)
		}
	}
	return nil
}

// removePermission removes the statement with the given label.
func (f *Fake) removePermission(in *struct {
	queueInput
	Label string
}) (any, error) {
	q, err := f.find(in.QueueURL)
	if err != nil {
		return nil, err
	}
	if in.Label == "" {
		return nil, errMissing("Label")
	}
	p, err := q.policy()
	if err != nil {
		return nil, err
	}
	i := p.labelled(in.Label)
	if i < 0 {
		return nil, errValue("Value %s for parameter Label is invalid. Reason: can't find label on existing policy.", in.Label)
	}
	p.Statement = slices.Delete(p.Statement, i, i+1)
	text := ""
	if len(p.Statement) > 0 {
		text = string(encode(p))
	}
	return nil, f.configure(q, map[string]string{"Policy": text})
}

// policy returns the queue's policy, an empty one when it has none.
func (q *queueState) policy() (*policy, error) {
	p := &policy{}
	if text := q.attributes["Policy"]; text != "" {
		if err := json.Unmarshal([]byte(text), p); err != nil {
			return nil, errAttribute("Policy", "Policy is not a valid JSON map.")
		}
	}
	p.Version = cmp.Or(p.Version, "2012-10-17")
	p.ID = cmp.Or(p.ID, q.arn+"/SQSDefaultPolicy")
	return p, nil
}
