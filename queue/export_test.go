package queue

// Members is the splitter under test.
var Members = members

// Elements calls yield for each element of the array in data.
func Elements(data []byte, yield func(value []byte)) error {
	return elements(data, func(i int) (int, error) {
		end, err := skipValue(data, i)
		if err == nil {
			yield(data[i:end])
		}
		return end, err
	})
}
