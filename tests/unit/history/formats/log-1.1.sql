-- The file as this version wrote it; never changed, so that its like can always be opened.
PRAGMA application_id = 1416328012;
PRAGMA user_version = 65537;
BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'log','log_1_0','2026-11-22 01:49:20.954771+00:00');
INSERT INTO "_sqlite_migrations" VALUES(2,'log','log_1_1','2026-11-22 01:49:20.955532+00:00');
CREATE TABLE anchors (
        device_id TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        hash TEXT NOT NULL,
        source TEXT NOT NULL,
        utc_us INTEGER NOT NULL,
        PRIMARY KEY (device_id, sequence, hash, source)
    ) STRICT, WITHOUT ROWID;
CREATE TABLE checkpoints (
    device_id TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    hash TEXT NOT NULL,
    utc_us INTEGER NOT NULL,
    public_key TEXT NOT NULL,
    signature TEXT NOT NULL,
    PRIMARY KEY (device_id, sequence)
) STRICT, WITHOUT ROWID;
INSERT INTO "checkpoints" VALUES('37ca9a80-68ac-44b6-bb95-0ff2a9966929',1,'bdeb5b8886f2db09c0a1f150d4c69583bd6fa3221e0b2f82b7ca5d8475a867c9',1795262400000000,'c936a8b4514302101463d3c41c3bd5f556a22248718b7bdfb0aadfb6f0f3a602','8801a8339a8408dcf9b0a1b8916222e5cc8218206f2fa67a767e7c4236538bb3f544e10a1aef66784605cfefe2117cab52f216e9dd7044d3d3a58baa3ba59f02');
CREATE TABLE devices (
        device_id TEXT NOT NULL PRIMARY KEY,
        public_key TEXT NOT NULL,
        name TEXT NOT NULL,
        enrolled_by TEXT NOT NULL,
        utc_us INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
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
INSERT INTO "events" VALUES('01a1fdfa-4600-7000-b12a-246d23d16b3e','37ca9a80-68ac-44b6-bb95-0ff2a9966929',1,1795262400000000,100000000,'ae000de4-52b9-4233-a9ec-86851ef0ba30','system','device.lost','tank-1','{"number":0}','0000000000000000000000000000000000000000000000000000000000000000','bdeb5b8886f2db09c0a1f150d4c69583bd6fa3221e0b2f82b7ca5d8475a867c9');
INSERT INTO "events" VALUES('01a1fdfa-49e8-7000-a50e-4c9760491f03','37ca9a80-68ac-44b6-bb95-0ff2a9966929',2,1795262401000000,101000000,'ae000de4-52b9-4233-a9ec-86851ef0ba30','system','device.lost','tank-1','{"number":1}','bdeb5b8886f2db09c0a1f150d4c69583bd6fa3221e0b2f82b7ca5d8475a867c9','5a6631c96e65458789e78c5a04d89c3f737e5966d9e132999392d6f6896a5860');
INSERT INTO "events" VALUES('01a1fdfa-4dd0-7000-9876-5e2de09ba16a','37ca9a80-68ac-44b6-bb95-0ff2a9966929',3,1795262402000000,102000000,'ae000de4-52b9-4233-a9ec-86851ef0ba30','system','device.lost','tank-1','{"number":2}','5a6631c96e65458789e78c5a04d89c3f737e5966d9e132999392d6f6896a5860','518f718abe31088a8aa540e2e5f7a67ba91747643f6675241a65679578a5d9da');
CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO "meta" VALUES('device_id','37ca9a80-68ac-44b6-bb95-0ff2a9966929');
CREATE TABLE quarantine (
        device_id TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        hash TEXT NOT NULL,
        line TEXT NOT NULL,
        source TEXT NOT NULL,
        utc_us INTEGER NOT NULL,
        PRIMARY KEY (device_id, sequence, hash)
    ) STRICT, WITHOUT ROWID;
CREATE TABLE signed_ends (
    device_id TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    hash TEXT NOT NULL,
    utc_us INTEGER NOT NULL,
    public_key TEXT NOT NULL,
    signature TEXT NOT NULL,
    PRIMARY KEY (device_id)
) STRICT, WITHOUT ROWID;
INSERT INTO "signed_ends" VALUES('37ca9a80-68ac-44b6-bb95-0ff2a9966929',3,'518f718abe31088a8aa540e2e5f7a67ba91747643f6675241a65679578a5d9da',1795262400000000,'c936a8b4514302101463d3c41c3bd5f556a22248718b7bdfb0aadfb6f0f3a602','e9c99703817bddd14e4151e617de0d76c0df20855021152ac0bf622ee12f80270f7149e437660fe9540e105dafcb419123e3cc0c0e8e5e286a721edac89e6f02');
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
