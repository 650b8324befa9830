package expr

import "slices"

// checkFunctions refuses unknown functions, and functions in the wrong place:
// size is an operand and nothing else is.
func (c *Condition) checkFunctions() error {
	var misused error
	err := c.walk(func(c *Condition) error {
		if _, ok := arity[c.op]; !ok && len(c.args) > 0 && isFunction(c.op) {
			return complain("Invalid function name; function: %s", c.op)
		}
		if c.op == "size" && misused == nil {
			misused = complain("The function is not allowed to be used this way in an expression; function: size")
		}
		return nil
	}, func(o *operand) error {
		if o.function == "" {
			return nil
		}
		if _, ok := arity[o.function]; !ok {
			return complain("Invalid function name; function: %s", o.function)
		}
		if o.function != "size" && misused == nil {
			misused = complain("The function is not allowed to be used this way in an expression; function: %s", o.function)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return misused
}

// walk visits the conditions from left to right, and the operands of each of
// them, those of a function before the function.
func (c *Condition) walk(cond func(*Condition) error, oper func(*operand) error) error {
	for _, kid := range c.kids {
		if err := kid.walk(cond, oper); err != nil {
			return err
		}
	}
	if err := c.walkOperands(oper); err != nil {
		return err
	}
	return cond(c)
}

func (c *Condition) walkOperands(visit func(*operand) error) error {
	for _, arg := range c.args {
		if err := arg.walk(visit); err != nil {
			return err
		}
	}
	return nil
}

func (o *operand) walk(visit func(*operand) error) error {
	for _, arg := range o.args {
		if err := arg.walk(visit); err != nil {
			return err
		}
	}
	return visit(o)
}

// bind looks names and values up and checks the operands. Each comparison or
// function is checked for all that may be wrong with it before the next one
// (https://github.com/architect/dynalite/blob/main/test/scan.js, whose authors ran
// it against DynamoDB).
func (c *Condition) bind(params *Params) error {
	return c.walk(func(c *Condition) error {
		if len(c.args) == 0 {
			return nil
		}
		if err := c.lookUp(params); err != nil {
			return err
		}
		return c.checkOperands()
	}, func(*operand) error { return nil })
}

func (c *Condition) lookUp(params *Params) error {
	return c.walkOperands(func(o *operand) (err error) {
		switch {
		case o.isValue():
			o.value, err = params.value(o.ref)
		case o.isPath():
			o.path, err = o.raw.resolve(params)
		}
		return err
	})
}

// TopLevel returns the names of the attributes that the condition looks at, in
// order and without repeats, and which of them it takes for a map or list.
func (c *Condition) TopLevel() (names []string, nested map[string]bool) {
	nested = make(map[string]bool)
	_ = c.walk(func(*Condition) error { return nil }, func(o *operand) error {
		if o.isPath() {
			if !slices.Contains(names, o.path.Top()) {
				names = append(names, o.path.Top())
			}
			if len(o.path) > 1 {
				nested[o.path.Top()] = true
			}
		}
		return nil
	})
	return names, nested
}
