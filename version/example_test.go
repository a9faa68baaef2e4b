package version_test

import (
	"fmt"
	"slices"

	"vulnmirror/version"
)

func ExampleCompare() {
	releases := []string{"1.10", "1.0-rc.2", "1.0", "1.9", "1.0p1", "1.0b3", "1.0a", "1.0-rc.10"}
	slices.SortFunc(releases, version.Compare)
	fmt.Println(releases)
	fmt.Println(version.Compare("v1.0", "1.0.0"))
	// Output:
	// [1.0b3 1.0-rc.2 1.0-rc.10 1.0 1.0a 1.0p1 1.9 1.10]
	// 0
}

func ExampleRelease_Compare() {
	fmt.Println(version.Release{Version: "8.0", Update: "update121"}.Compare(version.Release{Version: "8.0", Update: "update45"}))
	fmt.Println(version.Release{Version: "2.0", Update: "rc1"}.Compare(version.Release{Version: "2.0", Update: "-"}))
	// Output:
	// 1
	// -1
}

func ExampleInRange() {
	fmt.Println(version.InRange("7.8.9", "7.0", "", "", "8.0"))
	fmt.Println(version.InRange("8.0", "7.0", "", "", "8.0"))
	// Output:
	// true
	// false
}

func ExampleRange_Overlaps() {
	criterion := version.Range{StartIncluding: "2.0", EndExcluding: "2.15.0"}
	fmt.Println(criterion.Overlaps(version.Range{StartIncluding: "2.14"}))
	fmt.Println(criterion.Overlaps(version.Range{StartIncluding: "2.15.0"}))
	// Output:
	// true
	// false
}
