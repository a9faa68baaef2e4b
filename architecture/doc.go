// Package architecture holds no code: its tests are the rules of the whole
// repository, each with its reason. They read the source files themselves
// rather than ask the go command, whose answers a cached test would not see
// change.
//
//   - Code lives where its data is, and imports only what lies before it on the
//     data's way (flow_test.go). A new folder needs a place there first.
//   - Some imports stay inside one folder, so that a library can be replaced and
//     packages stay usable outside the program (fence_test.go).
//   - Names say what is inside, every package says what it is for, files stay
//     small, and what is left undone has an issue (source_test.go).
//   - Documents name the modules, folders, keys and files that there are
//     (docs_test.go).
package architecture
