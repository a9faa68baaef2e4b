// Package cpe reads, writes and compares Common Platform Enumeration names,
// version 2.3.
//
// Sources: NISTIR 7695 (naming: well-formed names and their two bindings) and
// NISTIR 7696 (name matching). A [Name] is a well-formed name: eleven
// attributes, each [Any], [NA] or a quoted string. It is read from a formatted
// string ("cpe:2.3:a:…", [Parse]) or a URI of version 2.2 ("cpe:/a:…",
// [ParseURI]) and written as either ([Name.String], [Name.URI]).
//
// Names compare without regard to letter case (NISTIR 7696), so parsing folds
// letters to lower case. What was parsed is held in one canonical spelling:
// two Names are == exactly when all their attributes are, and a Name can be a
// map key.
//
// Where the specifications leave room or disagree with themselves:
//
//   - "?" stands for no or one character, "*" for any number of them, also
//     none (the matching algorithm of NISTIR 7696, not the habit of shells).
//   - A value of question marks only ("??") is accepted: the grammar of
//     well-formed names allows it, the XML schema for formatted strings does
//     not. Other values need something between leading and trailing wildcards.
//   - Part may be Any or NA, so that a match string can leave it open.
//   - A language is any sequence of subtags of one to eight letters or digits
//     (the shape of RFC 5646 tags); their registration is not checked.
package cpe
