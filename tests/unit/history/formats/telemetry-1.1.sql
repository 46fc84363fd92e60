-- The file as this version wrote it; never changed, so that its like can always be opened.
PRAGMA application_id = 1416328020;
PRAGMA user_version = 65537;
BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'telemetry','telemetry_1_0','2026-11-21 22:49:06.419799+00:00');
INSERT INTO "_sqlite_migrations" VALUES(2,'telemetry','telemetry_1_1','2026-11-21 22:49:06.420408+00:00');
CREATE TABLE anchor (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        device_id TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        hash TEXT NOT NULL
    ) STRICT;
INSERT INTO "anchor" VALUES(1,'5baa6286-abdc-4e55-ae37-bcec30dece4d',3,'d8c819b502dc16d7e91ff6dc52d6c1074094f688ef3559a7a3cd4be01cfc5a22');
CREATE TABLE frames (
        series INTEGER NOT NULL,
        utc_us INTEGER NOT NULL,
        sequence INTEGER NOT NULL,
        mono_us INTEGER NOT NULL,
        session INTEGER NOT NULL,
        readings BLOB NOT NULL,
        reasons BLOB NOT NULL,
        PRIMARY KEY (series, utc_us, sequence)
    ) STRICT, WITHOUT ROWID;
INSERT INTO "frames" VALUES(1,1795262401000000,10,101000000,1,X'ABAAAAAAAA2A4740000000000000F87F',X'0003');
INSERT INTO "frames" VALUES(1,1795262402000000,20,102000000,1,X'5555555555554740000000000000F87F',X'0003');
CREATE TABLE points (
    part TEXT NOT NULL, key TEXT NOT NULL, class TEXT NOT NULL, PRIMARY KEY (part, key)
) STRICT, WITHOUT ROWID;
INSERT INTO "points" VALUES('tank-1','coolant_return_temperature','lasting');
INSERT INTO "points" VALUES('tank-1','level','lasting');
CREATE TABLE schemas (
        id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, points TEXT NOT NULL
    ) STRICT;
INSERT INTO "schemas" VALUES(1,'b6e1ef32a828b36289c59339e2e52a400b3d81e9c88dbee0f21498ad1693df1c','[{"key":"coolant_return_temperature","name":"Return","unit":"Cel"},{"key":"level","name":"Level","unit":"mm"}]');
CREATE TABLE series (
        id INTEGER PRIMARY KEY,
        part TEXT NOT NULL,
        schema INTEGER NOT NULL REFERENCES schemas (id),
        UNIQUE (part, schema)
    ) STRICT;
INSERT INTO "series" VALUES(1,'tank-1',1);
CREATE TABLE sessions (
        id INTEGER PRIMARY KEY, boot_id TEXT NOT NULL, started_utc_us INTEGER NOT NULL
    ) STRICT;
INSERT INTO "sessions" VALUES(1,'8d5f3e50-6a1c-4c57-9d0e-3f2b1a7c9e44',1795262400000000);
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
COMMIT;
