package cpe_test

import (
	"fmt"

	"vulnmirror/cpe"
)

func ExampleParse() {
	name, err := cpe.Parse(`cpe:2.3:a:joomla:joomla\!:3.9.1:rc1:*:*:*:*:*:*`)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(name.Vendor(), name.Product().Text(), name.Version())
	fmt.Println(name.URI())
	fmt.Println(name.WFN())
	// Output:
	// joomla joomla! 3.9.1
	// cpe:/a:joomla:joomla%21:3.9.1:rc1
	// wfn:[part="a",vendor="joomla",product="joomla\!",version="3\.9\.1",update="rc1"]
}

func ExampleParse_fault() {
	_, err := cpe.Parse("cpe:2.3:a:gnu:c++:1.0:*:*:*:*:*:*:*")
	fmt.Println(err)
	// Output:
	// CPE name "cpe:2.3:a:gnu:c++:1.0:*:*:*:*:*:*:*": product at byte 15: unquoted +
}

func ExampleParseLenient() {
	name, err := cpe.ParseLenient("cpe:2.3:a:F5:nginx unit:1.0")
	fmt.Println(name, err)
	// Output:
	// cpe:2.3:a:f5:nginx_unit:1.0:*:*:*:*:*:*:* <nil>
}

func ExampleParseURI() {
	name, err := cpe.ParseURI("cpe:/a:12net:login_rebuilder:1.0::~~~wordpress~~")
	fmt.Println(name, err)
	// Output:
	// cpe:2.3:a:12net:login_rebuilder:1.0:*:*:*:*:wordpress:*:* <nil>
}

func ExampleName_Relate() {
	criterion, _ := cpe.ParseLenient("cpe:2.3:a:f5:nginx:1.2?")
	for _, s := range []string{"1.25", "1.2", "1.250", "-"} {
		product, _ := cpe.ParseLenient("cpe:2.3:a:f5:nginx:" + s)
		fmt.Println(s, criterion.Relate(product))
	}
	// Output:
	// 1.25 superset
	// 1.2 superset
	// 1.250 disjoint
	// - disjoint
}

func ExampleLiteral() {
	product, _ := cpe.Literal("Notepad++")
	name, err := cpe.New([cpe.Attributes]cpe.Value{cpe.Part: "a", cpe.Product: product})
	fmt.Println(name, err)
	// Output:
	// cpe:2.3:a:*:notepad\+\+:*:*:*:*:*:*:*:* <nil>
}
