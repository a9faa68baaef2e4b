package cpe

// Attribute is one of the eleven attributes of a name, numbered in the order
// of the formatted string binding (NISTIR 7695 section 6.2).
type Attribute uint8

// The attributes of a name.
const (
	Part Attribute = iota
	Vendor
	Product
	Version
	Update
	Edition
	Language
	SWEdition
	TargetSW
	TargetHW
	Other

	// Attributes is how many there are.
	Attributes = iota
)

// String returns the name NISTIR 7695 gives the attribute, such as
// "sw_edition".
func (a Attribute) String() string {
	names := [Attributes]string{
		"part", "vendor", "product", "version", "update", "edition",
		"language", "sw_edition", "target_sw", "target_hw", "other",
	}
	if a >= Attributes {
		return "no attribute"
	}
	return names[a]
}
