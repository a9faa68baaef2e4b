package sim

// The vocabulary of the generated records. Vendors, products and people are put
// together from it and do not exist.
var (
	syllables = []string{
		"kor", "vel", "ma", "tri", "zen", "du", "lo", "pra", "xi", "bel", "no", "qua", "sti", "ar", "fen", "gro", "hal", "is", "jun", "lum",
		"mor", "nex", "ob", "pel", "ris", "sol", "tan", "ul", "vor", "wyn", "yar", "cas", "del", "er", "fir", "gal", "hex", "in", "jor", "kel",
	}
	companyEnds = []string{"", "", "", "", "soft", "ware", "tec", "net", "labs", " Systems", " Networks", " Software", " Project", " Electronics", " Foundation", "_dev"}
	adjectives  = []string{
		"Harbor", "Quick", "Open", "Silver", "Secure", "Smart", "Tiny", "Global", "Instant", "Hybrid", "Simple", "Advanced", "Unified", "Virtual", "Mobile", "Cloud",
		"Edge", "Micro", "Rapid", "Bright", "Easy", "Central", "Remote", "Private", "Public", "Digital", "Portable", "Elastic", "Modern", "Classic", "Rural", "Northern",
		"Community", "Campus", "Clinic", "Hotel", "Library", "Parking", "Payroll", "Invoice", "Recipe", "Ticket", "Warehouse", "Fleet", "Vineyard", "Museum", "Tailor", "Bakery",
	}
	things = []string{
		"Gateway", "Ledger", "Portal", "Server", "Manager", "Router", "Camera", "Firmware", "Planner", "Editor", "Viewer", "Console", "Backup", "Archive", "Messenger", "Broker",
		"Scheduler", "Proxy", "Parser", "Toolkit", "Monitor", "Dashboard", "Plugin", "Connector", "Controller", "Switch", "Booking System", "Access Point", "Mail Suite", "Forum", "Wiki", "Shop",
		"Player", "Renderer", "Compiler", "Runtime", "Kernel", "Hypervisor", "Thermostat", "Printer", "Inverter", "Charger", "Registry", "Vault", "Analyzer", "Agent", "Framework", "Library",
	}
	verbs = []string{
		"parse", "read", "write", "load", "decode", "handle", "process", "render", "update", "delete", "open", "copy", "merge", "resolve", "verify", "expand",
		"allocate", "release", "unpack", "convert", "fetch", "query", "import", "export", "validate", "dispatch", "register", "restore", "attach", "rewrite", "normalize", "schedule",
	}
	nouns = []string{
		"header", "packet", "session", "token", "certificate", "image", "chunk", "frame", "entry", "user", "profile", "comment", "invoice", "ticket", "cookie", "path",
		"archive", "filter", "template", "message", "descriptor", "request", "reply", "channel", "stream", "font", "table", "index", "group", "policy", "widget", "attachment",
		"record", "option", "segment", "buffer", "queue", "handle", "locale", "schema", "upload", "redirect", "macro", "symbol", "payload", "report", "calendar", "license",
	}
	folders    = []string{"admin", "api", "src", "lib", "cgi-bin", "includes", "modules", "core", "views", "net", "drivers", "public", "app", "services", "wp-content/plugins", "goform"}
	extensions = []string{"php", "c", "cpp", "jsp", "py", "js", "java", "go", "rs", "asp", "cgi", "lua", "h", "ts", "pl", "rb"}
	people     = []string{
		"Amaru", "Brisa", "Caius", "Dagny", "Eluned", "Faro", "Ginevra", "Hakon", "Ione", "Jorun", "Kasimir", "Liv", "Maelle", "Nuno", "Odalys", "Pell",
		"Quirin", "Runa", "Soren", "Tamsin", "Ulla", "Viggo", "Wanda", "Xenia", "Yaro", "Zelda",
	}
	origins  = []string{"remote attackers", "local users", "authenticated users", "adjacent attackers", "a crafted website", "remote unauthenticated attackers", "low-privileged accounts", "a malicious guest", "users of the same tenant", "physically present attackers"}
	outcomes = []string{
		"execute arbitrary code", "cause a denial of service", "read sensitive files", "gain elevated privileges", "bypass authentication", "inject arbitrary script", "overwrite files outside the folder",
		"obtain credentials in clear text", "crash the service", "take over another account", "corrupt memory", "enumerate valid accounts", "send requests to internal hosts", "alter the configuration", "exhaust memory", "spoof the sender",
	}
	outcomesES = []string{
		"ejecutar código arbitrario", "provocar una denegación de servicio", "leer ficheros confidenciales", "elevar sus privilegios", "eludir la autenticación", "inyectar un script", "sobrescribir ficheros fuera de la carpeta",
		"obtener credenciales en texto claro", "interrumpir el servicio", "apropiarse de otra cuenta", "corromper la memoria", "enumerar cuentas válidas", "enviar peticiones a equipos internos", "alterar la configuración", "agotar la memoria", "suplantar al remitente",
	}
	tails = []string{
		"The attack needs no interaction by the victim.", "A working example has been shown in public.", "Exploitation is considered difficult.", "The maintainers were told early and released a fix within %d days.",
		"Default installations are affected.", "Only installations with the optional %s enabled are affected.", "Upgrading resolves the issue.", "There is no workaround other than disabling the %s.",
		"The issue was found by %s during a review.", "Restarting the %s restores the service.", "Earlier branches no longer receive fixes.", "The vendor could not reproduce the report at first.",
		"As a mitigation, access to port %d can be restricted.", "The fix adds a bounds check of %d bytes.", "Credit goes to %s and %s.", "Note that the %s of this product is shared by several brands.",
	}
	flaws = []flaw{
		{"CWE-79", "cross-site scripting", "secuencias de órdenes en sitios cruzados"},
		{"CWE-89", "SQL injection", "inyección SQL"},
		{"CWE-787", "out-of-bounds write", "escritura fuera de límites"},
		{"CWE-125", "out-of-bounds read", "lectura fuera de límites"},
		{"CWE-416", "use after free", "uso después de liberación"},
		{"CWE-22", "path traversal", "salto de directorio"},
		{"CWE-352", "cross-site request forgery", "falsificación de petición"},
		{"CWE-78", "OS command injection", "inyección de órdenes del sistema"},
		{"CWE-476", "NULL pointer dereference", "desreferencia de puntero nulo"},
		{"CWE-862", "missing authorization", "falta de autorización"},
		{"CWE-502", "deserialization of untrusted data", "deserialización de datos no confiables"},
		{"CWE-918", "server-side request forgery", "falsificación de petición del lado del servidor"},
		{"CWE-190", "integer overflow", "desbordamiento de enteros"},
		{"CWE-287", "improper authentication", "autenticación incorrecta"},
		{"CWE-798", "use of hard-coded credentials", "credenciales embebidas"},
		{"CWE-400", "uncontrolled resource consumption", "consumo de recursos sin control"},
		{"CWE-362", "race condition", "condición de carrera"},
		{"CWE-434", "unrestricted upload", "subida de ficheros sin restricción"},
		{"CWE-121", "stack-based buffer overflow", "desbordamiento de búfer en la pila"},
		{"CWE-611", "XML external entity processing", "entidades externas XML"},
		{"CWE-1321", "prototype pollution", "contaminación de prototipos"},
		{"NVD-CWE-noinfo", "vulnerability", "vulnerabilidad"},
		{"NVD-CWE-Other", "weakness", "debilidad"},
	}
	refTags = [][]string{nil, nil, nil, {"Vendor Advisory"}, {"Patch"}, {"Exploit", "Third Party Advisory"}, {"Third Party Advisory", "VDB Entry"}, {"Release Notes"}, {"Issue Tracking", "Patch", "Third Party Advisory"}, {"Mailing List"}, {"Broken Link"}, {"US Government Resource", "Third Party Advisory"}, {"Product"}, {"Permissions Required"}}
	astral  = []string{"𝒳𝒴", "🔥", "𠜎", "🧪 test", "𝔸dmin", "😀"}
	// marks are what people paste into descriptions.
	marks = []string{"\r\n\r\nSteps:\n1. open the page\n2. send the form", "\n\n---\n\tat frame 0x%x", " The value is not escaped: \"><svg onload=1>", " See C:\\Windows\\Temp\\x.dll.", " \u2018quoted\u2019 \u2014 and so on\u2026", "\tcolumn\ttext", " %s"}
)

// flaw is one class of weakness with its name in English and Spanish.
type flaw struct{ cwe, en, es string }

// Sources that NVD names in its records.
const (
	sourceNVD   = "nvd@nist.gov"
	sourceMITRE = "cve@mitre.org"
	sourceADP   = "134c704f-9b21-4f2e-91b3-4a467353bcc0" // CISA-ADP
	sourceCopy  = "af854a3a-2127-422b-91ae-364da2661108" // repeats references since November 2024
)
