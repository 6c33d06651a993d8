#!/bin/bash
# skills.sh - the specification's examples between two machines, on real files and a real PostgreSQL: SQL as a table, Word to
# PDF, PDF documents taken apart and joined, folders; what a peer must not be able to do; and a hundred calls of five peers
# at once.
. "$(dirname "$0")/suite.sh"
# The suite starts a server of its own: installing PostgreSQL is to make and start none.
[ -e /etc/postgresql-common/createcluster.conf ] ||
  install -Dm 644 <(echo 'create_main_cluster = false') /etc/postgresql-common/createcluster.conf
need_packages iproute2 python3 python3-cryptography postgresql sqlite3 pandoc libreoffice-writer-nogui poppler-utils qpdf \
  groff util-linux
own_world "$0" "$@"
need_binaries
scratch

# --- a database server and a laptop --------------------------------------------------------------------------------------

lab up 3 || die "the lab does not come up"
PG=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
mkdir "$T/pg" "$T/docs" "$T/inbox"
echo 'a password' >"$T/pg/password"
chown -R nobody: "$T/pg"
# as_server COMMAND...: as the user that the database server runs as, on host 2, which alone reaches it.
as_server() {
  lab exec 2 setpriv --reuid nobody --regid nogroup --clear-groups env "PATH=$PG:$PATH" HOME="$T/pg" \
    PGPASSWORD='a password' PGHOST=127.0.0.1 "$@" </dev/null
}
clean_up() { as_server pg_ctl -D "$T/pg/data" -m immediate stop; lab down; } >/dev/null 2>&1
as_server initdb -D "$T/pg/data" -A scram-sha-256 -U owner --pwfile="$T/pg/password" -E UTF8 --locale=C.UTF-8 \
  --no-sync >"$T/pg.log" 2>&1 || die "no database: $(cat "$T/pg.log")"
as_server pg_ctl -D "$T/pg/data" -l "$T/pg/log" -w -o "-c unix_socket_directories= -c listen_addresses=127.0.0.1 -c fsync=off" \
  start >>"$T/pg.log" 2>&1 || die "the database does not start: $(cat "$T/pg.log")"
sql() { as_server psql -XqAt -v ON_ERROR_STOP=1 -U owner postgres -c "$1"; }
sql "CREATE TABLE users (id int PRIMARY KEY, name text, email text);
  INSERT INTO users VALUES (1, 'Alice', 'alice@example.com'), (2, 'Bob', 'bob@example.com');
  INSERT INTO users SELECT n, 'user' || n, 'user' || n || '@example.com' FROM generate_series(3, 50) n;
  CREATE TABLE customers (customer_name text, total_orders int);
  INSERT INTO customers VALUES ('Ada', 250), ('Grace', 101), ('Linus', 100), ('Ken', 7);
  CREATE ROLE rd LOGIN PASSWORD 'a password'; GRANT SELECT ON users, customers TO rd; GRANT INSERT ON customers TO rd"
sqlite3 "$T/notes.db" "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT); INSERT INTO notes VALUES (1, 'buy milk')"
printf 'one\ntwo\n' >"$T/docs/list.txt"

quiet=$'  advertise_mdns: false\n  auto_discover: false'
mkdir "$T/laptop" "$T/database-server"
printf 'name: laptop\np2p:\n%s\n' "$quiet" >"$T/laptop/config.yaml"
cat >"$T/database-server/config.yaml" <<C
name: database-server
p2p:
$quiet
sql:
  databases:
    sales: {url: "postgresql://rd@127.0.0.1/postgres", password_file: $T/pg/password}
    orders: {url: "postgresql://rd@127.0.0.1/postgres", password_file: $T/pg/password, write: true}
    notes: {url: "sqlite:$T/notes.db"}
fs:
  roots:
    docs: {path: $T/docs}
    inbox: {path: $T/inbox, write: true}
    everything: {path: $T}
C
node laptop 1 || die "laptop does not start"
node database-server 2 || die "database-server does not start"
code=$(at database-server invite --trust trusted --quiet) || die "no code: $code"
ok "the machines are paired" at laptop join "$code" 10.99.0.2
call() { at laptop call database-server "$@"; }

# --- the specification's examples -------------------------------------------------------------------------------------------

query='SELECT * FROM users LIMIT 10'
call sql.query database=sales "query=$query" format=table >"$T/table" 2>"$T/errors"
cat "$T/table" "$T/errors"
ok "SELECT * FROM users LIMIT 10 is a table" test "$(head -n 4 "$T/table")" = \
  '| id  | name   | email              |
|-----|--------|--------------------|
| 1   | Alice  | alice@example.com  |
| 2   | Bob    | bob@example.com    |'
ok "of ten rows" test "$(wc -l <"$T/table")" = 12
customers='SELECT customer_name, total_orders
FROM customers
WHERE total_orders > 100'
ok "the customers with more than 100 orders" has '^\| Grace +\| 101 ' call sql.query database=sales "query=$customers" format=table
no "and no others" has Linus call sql.query database=sales "query=$customers" format=table
rows() { call sql.query --args "$1" --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["result"]["rows"])'; }
# shellcheck disable=SC2016  # the database expands it
ok "values have types, parameters are values" has "^\[\[1, 'Alice'\]\]$" rows \
  '{"database": "sales", "query": "SELECT id, name FROM users WHERE name = $1", "parameters": ["Alice"]}'
ok "SQLite: a database of the node" has 'buy milk' call sql.query database=notes 'query=SELECT text FROM notes'
ok "SQLite: a file of the caller" has 'buy milk' call sql.query "file=@$T/notes.db" 'query=SELECT text FROM notes' format=table
ok "tables are listed" has 'customers' call sql.tables database=sales format=table
ok "columns are told" has 'primary_key' call sql.schema database=sales table=users

printf '# Report\n\nQuarter *three* was good.\n' >"$T/report.md"
pandoc "$T/report.md" -o "$T/report.docx"
mkdir "$T/out"
(cd "$T/out" && call convert.office_to_pdf "file=@$T/report.docx" --output "$T/out") >"$T/log" 2>&1
ok "report.docx becomes a PDF document on the other machine" has 'Quarter three was good' pdftotext "$T/out/report.pdf" -
ok "Markdown becomes a PDF document" call pdf.from_markdown "file=@$T/report.md" --output "$T/out" --force
cp "$T/out/report.pdf" "$T/a.pdf"
ok "the text of a PDF document" has 'Quarter three was good' call pdf.extract_text "file=@$T/a.pdf"
ok "PDF documents are joined" call pdf.merge "files=@$T/a.pdf" "files=@$ROOT/Tests/Fixtures/pdfs/mixed.pdf" --output "$T/out"
ok "into one of all pages" has '^Pages: +3$' pdfinfo "$T/out/merge.pdf"

# --- folders -------------------------------------------------------------------------------------------------------------------

ok "a folder is listed" has 'list.txt' call fs.list root=docs
ok "a file is read" call fs.read root=docs path=list.txt --output "$T/out"
ok "as it is" cmp "$T/docs/list.txt" "$T/out/list.txt"
ok "a file is sent" call fs.write root=inbox path=sent.pdf "file=@$T/a.pdf"
ok "and is there" cmp "$T/a.pdf" "$T/inbox/sent.pdf"
exits 77 "not where the configuration forbids it" call fs.write root=docs path=x "file=@$T/a.pdf"
ok "and it says which line does" has 'fs.roots.docs.write is false' call fs.write root=docs path=x "file=@$T/a.pdf"
for path in database-server database-server/state/identity.key database-server/config.yaml ../etc/passwd /etc/passwd pg/password; do
  no "what the daemon keeps is not there: $path" call fs.read root=everything "path=$path" --output "$T/out"
done
no "nor is it listed" has 'state|config.yaml' call fs.list root=everything path=database-server

# --- what a peer must not be able to do -------------------------------------------------------------------------------------

ok "the table is whole" test "$(sql 'SELECT count(*) FROM users')" = 50
for statement in 'DROP TABLE users' 'COMMIT; DROP TABLE users' "COPY users TO PROGRAM 'touch $T/escaped'" "\\! touch $T/escaped" \
  "SELECT 1; DELETE FROM customers" 'SET default_transaction_read_only = off' "SELECT pg_read_file('/etc/passwd')"; do
  no "refused: $statement" call sql.query database=orders "query=$statement"
  no "refused: $statement (to be executed where only reading is allowed)" call sql.execute database=sales "query=$statement"
done
no "a peer cannot name a database by its address" call sql.query 'database=postgresql://rd@127.0.0.1/postgres' 'query=SELECT 1'
ok "it is told what would allow a change" has 'sql.databases.sales.write is false' \
  call sql.execute database=sales "query=INSERT INTO customers VALUES ('x', 1)"
ok "where that is allowed it happens" call sql.execute database=orders "query=INSERT INTO customers VALUES ('New', 1)"
ok "as the database's role may" has 'forbid' call sql.execute database=orders 'query=DELETE FROM customers'
ok "nothing else happened" test "$(sql 'SELECT count(*) FROM users'),$(sql 'SELECT count(*) FROM customers')" = 50,5
no "no program was started" test -e "$T/escaped"
as_server pg_ctl -D "$T/pg/data" -m immediate stop >/dev/null
ok "a server that is away is named without its address" has 'the database sales cannot be reached' \
  call sql.query database=sales 'query=SELECT 1'
no "indeed" has '127\.0\.0\.1' call sql.query database=sales 'query=SELECT 1'
as_server pg_ctl -D "$T/pg/data" -l "$T/pg/log" -w \
  -o "-c unix_socket_directories= -c listen_addresses=127.0.0.1 -c fsync=off" start >/dev/null

# --- a hundred calls of five peers ---------------------------------------------------------------------------------------------

tokens=()
peer() { lab exec 3 python3 "$LAB_DIR/peer.py" 10.99.0.2 8765 "$T/$1.key" "$1"; }
for name in one two three four five; do
  peer $name >/dev/null
  at database-server approve $name --trust trusted >/dev/null || die "$name is not approved"
  read -r outcome _ token < <(peer $name)
  [ "$outcome" = authenticated ] || die "$name is not let in"
  tokens+=("$token")
done
lab exec 3 python3 "$LAB_DIR/skills.py" "${node_pid[database-server]}" "${tokens[@]}" | tee "$T/out.txt"
counts=$(tail -n 1 "$T/out.txt")
if [[ $counts =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
  passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
else
  fail "a hundred calls" "skills.py ended early"
fi
ok "nothing is left of them" test -z "$(ls -A "$T/database-server/state/work")"
finish
