package pgserver

import (
	"os"
	"slices"
	"strings"
)

// Required tells whether tests must fail, not be skipped, where there is no
// PostgreSQL server: VULNMIRROR_TEST_REQUIRE, a list with commas, has postgres.
func Required() bool {
	return slices.Contains(strings.Split(os.Getenv("VULNMIRROR_TEST_REQUIRE"), ","), "postgres")
}
