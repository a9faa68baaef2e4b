package mongoserver

import (
	"os"
	"slices"
	"strings"
)

// Required tells whether tests must fail, not be skipped, where there is no
// MongoDB server: VULNMIRROR_TEST_REQUIRE, a list with commas, has mongodb.
func Required() bool {
	return slices.Contains(strings.Split(os.Getenv("VULNMIRROR_TEST_REQUIRE"), ","), "mongodb")
}
