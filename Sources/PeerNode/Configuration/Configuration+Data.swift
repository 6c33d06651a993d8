extension Configuration {
  /// The `sql:` section.
  package struct SQL: Sendable, Equatable {
    /// The databases that callers may ask, by the name that they use.
    package var databases: [String: Database] = [:]

    /// The database of that name; one with the defaults when there is none.
    subscript(name: String) -> Database {
      get { databases[name] ?? Database() }
      set { databases[name] = newValue }
    }
  }

  /// One section of `sql.databases:`.
  package struct Database: Sendable, Equatable {
    /// `sqlite:/path/file.db` or `postgresql://user@host/name`, without a password.
    package var url = ""
    /// Whether callers may change what is in it.
    package var write = false
    /// The environment variable of the daemon that has the password; empty: none.
    package var passwordEnv = ""
    /// Absolute path of a file that has the password in its first line; empty: none.
    package var passwordFile = ""
    /// Absolute path of a file of passwords as libpq reads it; empty: none.
    package var pgpass = ""
    /// How long one statement may run.
    package var timeout = Duration.seconds(30)
    /// The most rows that a caller may ask for.
    package var rows = 10_000

    /// The path of an SQLite file; nil for another kind of database.
    package var sqlitePath: String? {
      url.hasPrefix("sqlite:") ? String(url.dropFirst("sqlite:".count)) : nil
    }
  }

  /// The `fs:` section.
  package struct Files: Sendable, Equatable {
    /// The folders that callers may look into, by the name that they use.
    package var roots: [String: Root] = [:]

    /// The folder of that name; one with the defaults when there is none.
    subscript(name: String) -> Root {
      get { roots[name] ?? Root() }
      set { roots[name] = newValue }
    }
  }

  /// One section of `fs.roots:`.
  package struct Root: Sendable, Equatable {
    /// Absolute path of the folder.
    package var path = ""
    /// Whether callers may change what is in it.
    package var write = false
  }
}
