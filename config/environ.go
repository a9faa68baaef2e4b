package config

import "strings"

// environ takes the values given by environment variables. An empty variable
// counts as absent: that is how container tools pass on what is not set.
func (l *loader) environ(environ []string) {
	if key := lookupEnv(environ, envNVDKey); key != "" {
		l.named("nvd.api_key", key, Origin{Kind: FromEnv, Name: envNVDKey})
	}
	known := []string{envFile}
	for _, k := range Keys() {
		known = append(known, k.Env())
		if text := lookupEnv(environ, k.Env()); text != "" {
			l.take(k, Origin{Kind: FromEnv, Name: k.Env()}, text)
		}
	}
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		l.warnUnknown(name, known)
	}
}

// warnUnknown warns of a variable that is nearly one of ours. Others are let
// be: for a service named vulnmirror, Kubernetes sets VULNMIRROR_PORT and more.
func (l *loader) warnUnknown(name string, known []string) {
	if !strings.HasPrefix(name, envPrefix) {
		return
	}
	nearest, least := "", 3
	for _, k := range known {
		d := distance(name, k)
		if d == 0 {
			return
		}
		if d < least {
			nearest, least = k, d
		}
	}
	if nearest != "" {
		l.Warnings = append(l.Warnings, "the environment variable "+name+" is not one of vulnmirror's; did you mean "+nearest+"?")
	}
}

// lookupEnv returns a variable's value, "" when it is not set. The last one
// given wins, as in a process's own environment.
func lookupEnv(environ []string, name string) string {
	value := ""
	for _, entry := range environ {
		if v, found := strings.CutPrefix(entry, name+"="); found {
			value = v
		}
	}
	return value
}
