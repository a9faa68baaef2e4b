// Package e2e holds tests of the program as a whole: the built binary, as users
// run it, against the simulated upstream of testkit/sim. Nothing of the program
// is reached into except its database, which is compared through package store.
package e2e
