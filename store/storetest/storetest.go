// Package storetest is the contract of package store as tests. Every store runs
// the same suite:
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) store.Store { … })
//	}
//
// What a query should find is worked out by a plain loop over the records
// (oracle.go), so a store is compared with the meaning of store.Query and not
// with another store's habits.
package storetest

import (
	"context"
	"testing"

	"vulnmirror/store"
)

// T is what a check needs of testing.T.
type T interface {
	Helper()
	Context() context.Context
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Run carries out every check, each on an empty store of its own. open returns
// an empty store; the suite closes it.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			s := open(t)
			defer func() {
				if err := s.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
			}()
			c.run(t, s)
		})
	}
}

type check struct {
	name string
	run  func(t T, s store.Store)
}

// checks is the whole suite.
var checks = []check{
	{"Empty", checkEmpty},
	{"Envelope", checkEnvelope},
	{"Bodies", checkBodies},
	{"NewestWins", checkNewestWins},
	{"EqualModified", checkEqualModified},
	{"OneBatchInOrder", checkOneBatchInOrder},
	{"FactsReplaced", checkFactsReplaced},
	{"History", checkHistory},
	{"FailedBatch", checkFailedBatch},
	{"Ingested", checkIngested},
	{"Sources", checkSources},
	{"Filters", checkFilters},
	{"FilterPairs", checkFilterPairs},
	{"Orders", checkOrders},
	{"Words", checkWords},
	{"Phrases", checkPhrases},
	{"Digest", checkDigest},
	{"Snapshot", checkSnapshot},
	{"ListWhileWriting", checkListWhileWriting},
	{"Cancelled", checkCancelled},
	{"Bulk", checkBulk},
	{"Prepared", checkPrepared},
	{"Concurrent", checkConcurrent},
	{"Entries", checkEntries},
	{"EntryVersions", checkEntryVersions},
	{"EntryBulk", checkEntryBulk},
	{"Converted", checkConverted},
	{"Copies", checkCopies},
	{"Withdraw", checkWithdraw},
	{"Applicability", checkApplicability},
	{"Listed", checkListed},
}
