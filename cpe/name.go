package cpe

// Name is a well-formed CPE name. The zero Name has Any everywhere and describes
// every product. Names are comparable with ==.
type Name struct {
	text string             // canonical formatted string; "" when all is Any
	ends [Attributes]uint16 // where in text each attribute's value ends
}

const (
	prefix = "cpe:2.3:"
	anyAll = prefix + "*:*:*:*:*:*:*:*:*:*:*"
)

// New builds a name from values as At returns them; an empty one means Any.
// The error is a [*SyntaxError].
func New(values [Attributes]Value) (Name, error) {
	var b builder
	for a, v := range values {
		if v == "" {
			v = Any
		}
		if err := b.add(Attribute(a), string(v), built); err != nil {
			return Name{}, err
		}
	}
	return b.name(), nil
}

// With returns the name with one attribute replaced. The error is a
// [*SyntaxError].
func (n Name) With(a Attribute, v Value) (Name, error) {
	values := n.Values()
	values[a] = v
	return New(values)
}

// Values returns all attributes' values.
func (n Name) Values() (values [Attributes]Value) {
	for a := range values {
		values[a] = n.At(Attribute(a))
	}
	return values
}

// At returns the value of an attribute.
func (n Name) At(a Attribute) Value {
	if n.text == "" {
		return Any
	}
	start := len(prefix)
	if a > 0 {
		start = int(n.ends[a-1]) + 1
	}
	return Value(n.text[start:n.ends[a]])
}

// Part is "a" for applications, "o" for operating systems, "h" for hardware,
// Any or NA.
func (n Name) Part() Value { return n.At(Part) }

// Vendor returns the value of the vendor attribute.
func (n Name) Vendor() Value { return n.At(Vendor) }

// Product returns the value of the product attribute.
func (n Name) Product() Value { return n.At(Product) }

// Version returns the value of the version attribute.
func (n Name) Version() Value { return n.At(Version) }

// Update returns the value of the update attribute ("update121", "sp1").
func (n Name) Update() Value { return n.At(Update) }

// String returns the formatted string binding (NISTIR 7695 section 6.2), which
// [Parse] reads back.
func (n Name) String() string {
	if n.text == "" {
		return anyAll
	}
	return n.text
}

// WFN returns the name in the notation NISTIR 7695 uses for well-formed names,
// without the attributes that are Any:
// wfn:[part="a",vendor="f5",version="1\.0",update=NA].
func (n Name) WFN() string {
	out := []byte("wfn:[")
	for a := range Attribute(Attributes) {
		v := n.At(a)
		if v == Any {
			continue
		}
		if len(out) > len("wfn:[") {
			out = append(out, ',')
		}
		out = append(append(out, a.String()...), '=')
		if v == NA {
			out = append(out, "NA"...)
			continue
		}
		out = append(out, '"')
		for i := 0; i < len(v); i++ {
			switch v[i] {
			case '\\':
				out = append(out, v[i])
				i++
			case '-', '.':
				out = append(out, '\\')
			}
			out = append(out, v[i])
		}
		out = append(out, '"')
	}
	return string(append(out, ']'))
}
