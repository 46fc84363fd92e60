-- The file as this version wrote it; never changed, so that its like can always be opened.
PRAGMA application_id = 1416328012;
PRAGMA user_version = 65536;
BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'log','log_1_0','2026-11-21 19:51:36.481346+00:00');
CREATE TABLE events (
        id TEXT NOT NULL PRIMARY KEY,
        device_id TEXT NOT NULL,
        sequence INTEGER NOT NULL CHECK (sequence > 0),
        utc_us INTEGER NOT NULL,
        mono_us INTEGER NOT NULL,
        boot_id TEXT NOT NULL,
        actor TEXT NOT NULL,
        kind TEXT NOT NULL,
        subject TEXT NOT NULL,
        body TEXT NOT NULL,
        previous_hash TEXT NOT NULL CHECK (length(previous_hash) = 64),
        hash TEXT NOT NULL CHECK (length(hash) = 64),
        UNIQUE (device_id, sequence)
    ) STRICT;
INSERT INTO "events" VALUES('01a1fdfa-4600-7000-b019-eaec05af2890','5baa6286-abdc-4e55-ae37-bcec30dece4d',1,1795262400000000,100000000,'8d5f3e50-6a1c-4c57-9d0e-3f2b1a7c9e44','system','device.lost','tank-1','{"number":0}','0000000000000000000000000000000000000000000000000000000000000000','6460189629ec43318d19961ce7fe99f5f6b8e534e49fb6b76a8eaf80d98486fc');
INSERT INTO "events" VALUES('01a1fdfa-49e8-7000-b95f-a6ce16d02359','5baa6286-abdc-4e55-ae37-bcec30dece4d',2,1795262401000000,101000000,'8d5f3e50-6a1c-4c57-9d0e-3f2b1a7c9e44','system','device.lost','tank-1','{"number":1}','6460189629ec43318d19961ce7fe99f5f6b8e534e49fb6b76a8eaf80d98486fc','987479a4f6486041175223ad3b181d928352fb1e8127d6d9e32206966024fd7f');
INSERT INTO "events" VALUES('01a1fdfa-4dd0-7000-a24f-d4be2ce28ae5','5baa6286-abdc-4e55-ae37-bcec30dece4d',3,1795262402000000,102000000,'8d5f3e50-6a1c-4c57-9d0e-3f2b1a7c9e44','system','device.lost','tank-1','{"number":2}','987479a4f6486041175223ad3b181d928352fb1e8127d6d9e32206966024fd7f','d8c819b502dc16d7e91ff6dc52d6c1074094f688ef3559a7a3cd4be01cfc5a22');
CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO "meta" VALUES('device_id','5baa6286-abdc-4e55-ae37-bcec30dece4d');
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX events_by_time ON events (utc_us);
CREATE INDEX events_by_kind ON events (kind);
CREATE INDEX events_by_subject ON events (subject);
CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'the log is append-only: an event is never changed'); END;
CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'the log is append-only: an event is never deleted'); END;
CREATE TRIGGER events_are_never_replaced BEFORE INSERT ON events
    WHEN EXISTS (SELECT 1 FROM events WHERE id = NEW.id OR rowid = NEW.rowid)
    BEGIN SELECT RAISE(ABORT, 'the log is append-only: an event is never replaced'); END;
CREATE TRIGGER events_follow_each_other BEFORE INSERT ON events
    WHEN NEW.sequence IS NOT 1 + (
        SELECT coalesce(max(sequence), 0) FROM events WHERE device_id = NEW.device_id
    )
    BEGIN SELECT RAISE(ABORT, 'the log is append-only: an event follows the one before'); END;
COMMIT;
