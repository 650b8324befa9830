package expr

import "strconv"

// Charge returns what the update counts for against the limit of an item's
// size, which DynamoDB checks for an UpdateItem before it looks at the item:
// the paths and operands as they are written, with a fixed cost for each
// construct. The costs are measured, not documented.
func (u *Update) Charge() int {
	charge := 3
	for _, a := range u.actions {
		charge += targetCharge(a.path)
		switch a.clause {
		case "SET", "ADD":
			charge += 19 + a.value.charge()
		default:
			charge++
		}
	}
	return charge
}

func (s Step) charge() int {
	if s.isIndex() {
		return len(strconv.Itoa(s.Index))
	}
	return len(s.Name)
}

func targetCharge(path Path) int {
	charge := 4 * (len(path) - 1)
	for _, s := range path {
		charge += s.charge()
	}
	return charge
}

func (t *term) charge() int {
	charge := 0
	switch t.op {
	case "+":
		charge = 34
	case "-", "list_append":
		charge = 37
	case "if_not_exists":
		charge = 39
	case "":
		if t.leaf.isValue() {
			return t.leaf.value.Size()
		}
		charge = 1
		for _, s := range t.leaf.path {
			charge += 14 + s.charge()
		}
	}
	for _, kid := range t.terms {
		charge += kid.charge()
	}
	return charge
}
