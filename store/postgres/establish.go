package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
)

// Setup says who a database is made for.
type Setup struct {
	// Role is the role that the mirror will work as. It is made when there is
	// none, and owns what is made. "" is the role of the connection.
	Role string
	// Password is given to Role when that is made; "" gives none.
	Password string
}

// Init makes the role, database, schemas, tables, indexes and views that are
// missing, and tells in words what it made. url names the database and, when it
// is not to be the mirror's own, an administrator. What is there stays as it is.
// When the connection may not do all of it, the error is a *NeedsSQLError.
func Init(ctx context.Context, url string, o Options, setup Setup) (made []string, err error) {
	s := &Store{url: url, place: Place(url), options: o, jsonb: !o.NoJSONB}
	err = establish(ctx, url, o, setup, func(step string) { made = append(made, step) })
	return made, s.fault("set up database", err)
}

// establishment is the work of making what is missing.
type establishment struct {
	url      string
	options  Options
	setup    Setup
	made     func(step string)
	conn     *pgx.Conn
	database string
	role     string // who owns what is made
}

// establish makes what is missing; made, which may be nil, is told of it.
func establish(ctx context.Context, url string, o Options, setup Setup, made func(step string)) (err error) {
	if made == nil {
		made = func(string) {}
	}
	config, err := parse(url)
	if err != nil {
		return err
	}
	e := &establishment{url: url, options: o, setup: setup, made: made, database: config.ConnConfig.Database, role: setup.Role}
	if e.database == "" {
		e.database = config.ConnConfig.User // as libpq does
	}
	if e.role == "" {
		e.role = config.ConnConfig.User
	}
	if err := e.connect(ctx); err != nil {
		return e.explain(err)
	}
	defer func() { err = errors.Join(err, e.conn.Close(context.WithoutCancel(ctx))) }()
	if err := serverVersion(ctx, e.conn); err != nil {
		return err
	}
	for n := 1; ; n++ {
		err := e.complete(ctx)
		// Somebody else made the same at the same time.
		if n < attempts && slices.Contains([]string{duplicateSchema, duplicateTable, duplicateObject, uniqueViolation, serializationFailure}, sqlState(err)) {
			continue
		}
		return e.explain(err)
	}
}

// connect connects to the database, and makes it when there is none.
func (e *establishment) connect(ctx context.Context) (err error) {
	if e.conn, err = connect(ctx, e.url, e.options, writing); sqlState(err) != noSuchDatabase {
		return err
	}
	missing := err
	for _, neighbour := range []string{"postgres", "template1"} {
		if e.conn, err = e.connectTo(ctx, neighbour); err == nil {
			break
		}
	}
	if err != nil {
		return errors.Join(missing, err)
	}
	err = e.makeRole(ctx)
	if err == nil {
		err = e.makeDatabase(ctx)
	}
	if err = errors.Join(err, e.conn.Close(ctx)); err != nil {
		return err
	}
	e.conn, err = connect(ctx, e.url, e.options, writing)
	return err
}

func (e *establishment) connectTo(ctx context.Context, database string) (*pgx.Conn, error) {
	config, err := configure(e.url, e.options, writing)
	if err != nil {
		return nil, err
	}
	config.ConnConfig.Database = database
	return pgx.ConnectConfig(ctx, config.ConnConfig)
}

func (e *establishment) makeDatabase(ctx context.Context) error {
	_, err := e.conn.Exec(ctx, createDatabase(e.database, e.role))
	if code := sqlState(err); code == duplicateDatabase || code == uniqueViolation {
		return nil
	}
	if err == nil {
		e.made("database " + e.database)
	}
	return err
}

func (e *establishment) makeRole(ctx context.Context) error {
	if e.setup.Role == "" {
		return nil
	}
	var held bool
	if err := e.conn.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $1)", e.role).Scan(&held); err != nil {
		return err
	}
	if !held {
		if err := e.createRole(ctx); err != nil {
			return err
		}
		e.made("role " + e.role)
	}
	var member bool
	if err := e.conn.QueryRow(ctx, "SELECT pg_has_role(current_user, $1, 'MEMBER')", e.role).Scan(&member); err != nil || member {
		return err
	}
	_, err := e.conn.Exec(ctx, "GRANT "+ident(e.role)+" TO CURRENT_USER")
	return err
}

// createRole keeps its statement, which has the password, out of errors.
func (e *establishment) createRole(ctx context.Context) error {
	statement := "CREATE ROLE " + ident(e.role) + " LOGIN"
	if e.setup.Password != "" {
		statement += " PASSWORD " + literal(e.setup.Password)
	}
	_, err := e.conn.Exec(ctx, statement)
	return err
}

// complete makes what is missing in the database.
func (e *establishment) complete(ctx context.Context) error {
	held, err := schemaVersion(ctx, e.conn)
	if err != nil {
		return err
	}
	texts, err := steps()
	if err != nil {
		return err
	}
	switch {
	case held > len(texts):
		return tooNew(held, len(texts))
	case held == len(texts) && e.setup.Role == "":
		return e.ownViews(ctx)
	}
	if err := e.makeRole(ctx); err != nil {
		return err
	}
	if err := e.makeSchemas(ctx); err != nil {
		return err
	}
	if e.setup.Role != "" {
		if _, err := e.conn.Exec(ctx, "SET ROLE "+ident(e.role)); err != nil {
			return err
		}
	}
	if err := install(ctx, e.conn); err != nil {
		return err
	}
	if held < len(texts) {
		if err := e.makeIndexes(ctx); err != nil {
			return err
		}
		e.made(fmt.Sprintf("tables, indexes and views, schema %d", len(texts)))
	}
	if err := e.ownViews(ctx); err != nil || e.setup.Role == "" {
		return err
	}
	_, err = e.conn.Exec(ctx, "RESET ROLE")
	return err
}

func (e *establishment) makeSchemas(ctx context.Context) error {
	for _, name := range schemas {
		var held bool
		if err := e.conn.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)", name).Scan(&held); err != nil {
			return err
		}
		if held { // CREATE SCHEMA IF NOT EXISTS would ask for rights all the same
			continue
		}
		statement := "CREATE SCHEMA " + ident(name)
		if e.setup.Role != "" {
			statement += " AUTHORIZATION " + ident(e.role)
		}
		if _, err := e.conn.Exec(ctx, statement); err != nil {
			return err
		}
		e.made("schema " + name)
	}
	return nil
}

func (e *establishment) makeIndexes(ctx context.Context) error {
	var schema string
	if err := e.conn.QueryRow(ctx, "SELECT content FROM vulnmirror.service").Scan(&schema); err != nil {
		return err
	}
	return makeIndexes(ctx, e.conn, schema, !e.options.NoJSONB, false)
}

// ownViews makes what people ask for findable where they look first: in the
// schema that unqualified names of this connection go to. A table or view
// that is there already stays. Where no view may be made there are still those
// in schema vulnmirror.
func (e *establishment) ownViews(ctx context.Context) error {
	for _, name := range peoplesViews {
		var own *string
		var may, held bool
		err := e.conn.QueryRow(ctx, `SELECT current_schema(), coalesce(has_schema_privilege(current_schema(), 'CREATE'), false),
			EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema() AND c.relname = $1)`, name).Scan(&own, &may, &held)
		if err != nil {
			return err
		}
		if own == nil || held || !may || slices.Contains(schemas, *own) {
			continue
		}
		if _, err := e.conn.Exec(ctx, "CREATE VIEW "+pgx.Identifier{*own, name}.Sanitize()+" AS SELECT * FROM vulnmirror."+name); err != nil {
			return err
		}
		e.made("view " + *own + "." + name)
	}
	return nil
}

// explain adds what an administrator has to run when rights are missing.
func (e *establishment) explain(err error) error {
	if code := sqlState(err); code != missingRight && code != noSuchDatabase {
		return err
	}
	return &NeedsSQLError{SQL: administration(e.database, e.role), Err: err}
}

// NeedsSQLError says that rights are missing to make what a mirror needs.
type NeedsSQLError struct {
	SQL string // for an administrator to run in psql; it may be run again
	Err error
}

func (e *NeedsSQLError) Error() string { return "the database is not set up: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *NeedsSQLError) Unwrap() error { return e.Err }

// Next is what to do about it.
func (e *NeedsSQLError) Next() string {
	return "an administrator runs `vulnmirror init-db` with a URL and role that may, or this in psql:\n\n" + e.SQL
}

// Script is all the SQL that makes a mirror's database, for psql: what Init does
// with every right. It may be run again. It holds no password.
func Script(url string, setup Setup) (string, error) {
	config, err := parse(url)
	if err != nil {
		return "", err
	}
	role := setup.Role
	if role == "" {
		role = config.ConnConfig.User
	}
	database := config.ConnConfig.Database
	if database == "" {
		database = config.ConnConfig.User
	}
	texts, err := steps()
	if err != nil {
		return "", err
	}
	return script(database, role, texts), nil
}
