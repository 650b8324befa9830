package queue

// Members is the splitter under test.
var Members = members

// Elements calls yield for each element of the array in data.
func Elements(data []byte, yield func(value []byte)) error {
	end, err := walk(data, skipSpace(data, 0), '[', ']', func(i int) (int, error) {
		end, err := skipValue(data, i)
		if err == nil {
			yield(data[i:end])
		}
		return end, err
	})
	return atEnd(data, end, err)
}
