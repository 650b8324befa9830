package dynamotest

import (
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/expr"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/refusal"
	"github.com/go-thaw/thaw/dynamo/dynamotest/internal/value"
)

// A legacyUpdate is what AttributeUpdates asks for.
type legacyUpdate []attributeUpdate

type attributeUpdate struct {
	name   string
	action string
	value  value.Value // none when there is none
}

// attributeUpdates reads AttributeUpdates.
func (r *request) attributeUpdates() (legacyUpdate, error) {
	var out legacyUpdate
	for _, n := range sortedTables(r.kids("AttributeUpdates")) {
		in := r.inside(&n)
		u := attributeUpdate{name: n.Name, action: "PUT"}
		if action, ok := in.text("Action"); ok {
			u.action = action
		}
		if v := n.Member("Value"); v != nil {
			var err error
			if u.value, err = value.Decode(v, r.layer); err != nil {
				return nil, err
			}
		}
		out = append(out, u)
	}
	return out, nil
}

// check checks the values and actions.
func (l legacyUpdate) check(layer value.Layer) error {
	for _, u := range l {
		if err := u.checkValue(layer); err != nil {
			return err
		}
	}
	for _, u := range l {
		if u.action != "PUT" && u.action != "ADD" && u.action != "DELETE" {
			return refusal.Request("Member must satisfy enum value set: [ADD, DELETE, PUT]' for Action")
		}
	}
	for _, u := range l {
		if err := u.check(); err != nil {
			return err
		}
	}
	return nil
}

func (u attributeUpdate) checkValue(layer value.Layer) error {
	err := u.value.Check(layer)
	switch {
	case err != nil && u.value.IsSet() && len(u.value.List()) == 0:
		return plain(err)
	case err != nil:
		return err
	case u.name == "" || u.value.HasEmptyName():
		return refusal.Request(emptyNameText)
	}
	return nil
}

// plain makes a complaint one about the item instead of the request.
func plain(err error) error {
	if e, ok := refusal.As(err); ok {
		out := *e
		out.Request = false
		return &out
	}
	return err
}

func (u attributeUpdate) check() error {
	t := u.value.Type()
	switch {
	case t == value.None && u.action != "DELETE":
		return refusal.Invalid(invalidText + "Only DELETE action is allowed when no attribute value is specified")
	case t == value.None:
	case u.action == "DELETE" && !u.value.IsSet():
		return refusal.Invalid(invalidText+"DELETE action with value is not supported for the type %s", t)
	case u.action == "ADD" && t != value.N && t != value.L && !u.value.IsSet():
		return refusal.Invalid(invalidText+"ADD action is not supported for the type %s", t)
	}
	return nil
}

// Paths returns the attributes that the update writes to.
func (l legacyUpdate) Paths() []expr.Path {
	out := make([]expr.Path, len(l))
	for i, u := range l {
		out[i] = expr.Path{{Name: u.name}}
	}
	return out
}

// Charge returns 0: only expressions are held to the limit by themselves.
func (l legacyUpdate) Charge() int { return 0 }

// Apply returns the item after the update.
func (l legacyUpdate) Apply(item value.Item) (value.Item, error) {
	for _, u := range l {
		v, err := u.apply(item)
		if err != nil {
			return nil, err
		}
		if v.Type() == value.None {
			item = item.Without(u.name)
		} else {
			item = item.With(u.name, v)
		}
	}
	return item, nil
}

// apply returns the attribute's new value, none when it goes.
func (u attributeUpdate) apply(item value.Item) (value.Value, error) {
	old, exists := item.Get(u.name)
	fits := true
	out := u.value
	var err error
	switch {
	case u.action == "ADD":
		out, fits, err = expr.Add(old, u.value)
	case u.action == "DELETE" && u.value.Type() != value.None && exists:
		out, fits = expr.Delete(old, u.value)
	case u.action == "DELETE":
		return value.Value{}, nil
	}
	if !fits {
		return value.Value{}, refusal.Invalid("Type mismatch for attribute to update")
	}
	return out, err
}
