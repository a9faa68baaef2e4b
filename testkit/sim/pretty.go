package sim

// appendPretty appends compact JSON laid out as NVD's feed files are: Jackson's
// default pretty printer with CRLF line ends. Entries of objects stand on lines
// of their own, indented by two blanks for each object around them; arrays stay
// in line. depth is the number of objects around the text. Only white space is
// added.
func appendPretty(dst, compact []byte, depth int) []byte {
	for i := 0; i < len(compact); i++ {
		switch c := compact[i]; c {
		case '"':
			end := stringEnd(compact, i)
			dst = append(dst, compact[i:end]...)
			i = end - 1
		case '{':
			if compact[i+1] == '}' {
				dst = append(dst, "{ }"...)
				i++
				continue
			}
			depth++
			dst = newline(append(dst, '{'), depth)
		case '}':
			depth--
			dst = append(newline(dst, depth), '}')
		case '[':
			if compact[i+1] == ']' {
				dst = append(dst, "[ ]"...)
				i++
				continue
			}
			dst = append(dst, "[ "...)
		case ']':
			dst = append(dst, " ]"...)
		case ':':
			dst = append(dst, " : "...)
		case ',':
			// What follows tells where we are: in an object a key with its
			// colon, in an array a value.
			if compact[i+1] == '"' && compact[stringEnd(compact, i+1)] == ':' {
				dst = newline(append(dst, ','), depth)
			} else {
				dst = append(dst, ", "...)
			}
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// stringEnd gives the place just behind the string that starts at i.
func stringEnd(b []byte, i int) int {
	for i++; b[i] != '"'; i++ {
		if b[i] == '\\' {
			i++
		}
	}
	return i + 1
}

func newline(dst []byte, depth int) []byte {
	dst = append(dst, "\r\n"...)
	for range depth {
		dst = append(dst, "  "...)
	}
	return dst
}
