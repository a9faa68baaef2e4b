package postgres

import (
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// ident quotes a name.
func ident(name string) string { return pgx.Identifier{name}.Sanitize() }

// literal quotes a text, as standard_conforming_strings and without it.
func literal(text string) string {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\x00", ""), "'", "''")
	if strings.Contains(text, `\`) {
		return " E'" + strings.ReplaceAll(text, `\`, `\\`) + "'"
	}
	return "'" + text + "'"
}

func createDatabase(name, owner string) string {
	return "CREATE DATABASE " + ident(name) + " OWNER " + ident(owner) + " ENCODING 'UTF8' TEMPLATE template0"
}

// administration is what needs rights beyond the mirror's own, for psql.
func administration(database, role string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "SELECT %s WHERE NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = %s) \\gexec\n",
		literal("CREATE ROLE "+ident(role)+" LOGIN"), literal(role))
	fmt.Fprintf(&b, "-- its password, asked for: \\password %s\n", ident(role))
	fmt.Fprintf(&b, "SELECT %s WHERE NOT EXISTS (SELECT 1 FROM pg_database WHERE datname = %s) \\gexec\n",
		literal(createDatabase(database, role)), literal(database))
	fmt.Fprintf(&b, "\\connect %s\n", ident(database))
	fmt.Fprintf(&b, "GRANT CONNECT ON DATABASE %s TO %s;\n", ident(database), ident(role))
	for _, s := range schemas {
		fmt.Fprintf(&b, "CREATE SCHEMA IF NOT EXISTS %s AUTHORIZATION %s;\n", s, ident(role))
		fmt.Fprintf(&b, "GRANT USAGE, CREATE ON SCHEMA %s TO %s;\n", s, ident(role))
	}
	fmt.Fprintf(&b, "-- for the views %s:\nGRANT USAGE, CREATE ON SCHEMA public TO %s;\n", strings.Join(peoplesViews, ", "), ident(role))
	return b.String()
}

// script is administration and all that the mirror would make by itself.
func script(database, role string, texts []string) string {
	var b strings.Builder
	b.WriteString(administration(database, role))
	fmt.Fprintf(&b, "\nSET ROLE %s;\n\n%s", ident(role), serviceSQL)
	fmt.Fprintf(&b, "SELECT to_regclass('vulnmirror.cve') IS NULL AS missing \\gset\n\\if :missing\nBEGIN;\n")
	for _, t := range texts {
		b.WriteString("\n" + within(slots[0], t))
	}
	b.WriteString("\n")
	for _, x := range indexes {
		b.WriteString(within(slots[0], x.create()) + ";\n")
	}
	b.WriteString("\n" + within(slots[0], viewsSQL))
	for _, name := range peoplesViews {
		create := fmt.Sprintf("CREATE VIEW public.%[1]s AS SELECT * FROM vulnmirror.%[1]s", name)
		fmt.Fprintf(&b, "SELECT %s WHERE to_regclass(%s) IS NULL \\gexec\n", literal(create), literal("public."+name))
	}
	fmt.Fprintf(&b, "INSERT INTO vulnmirror.service (content, version) VALUES ('%s', %d);\nCOMMIT;\n\\endif\nRESET ROLE;\n", slots[0], len(texts))
	return b.String()
}
