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
INSERT INTO "_sqlite_migrations" VALUES(1,'log','log_1_0','2026-11-22 01:40:57.660507+00:00');
INSERT INTO "_sqlite_migrations" VALUES(2,'log','log_1_1','2026-11-22 01:40:57.661235+00:00');
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
INSERT INTO "checkpoints" VALUES('f235079d-2043-4d86-bc9d-912951c7d791',1,'c407f6ca1e1c71ce710545fdf6bf1825d2383d57f2482d28ff4de11d08c1fca4',1795262400000000,'be3bd3c3a220d33fb8f5d0b24e7c772d550d6192939ab003626cbf11adeaca4d','3d64de542535a9ffff1d96adf9939ad465c2127617f7446a516c91fc54a7245cd10fd82d61599a4611039bc026d59678cc0c1043ad98858eca06904ffff9420f');
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
INSERT INTO "events" VALUES('01a1fdfa-4600-7000-8c81-fefc0ebb754f','f235079d-2043-4d86-bc9d-912951c7d791',1,1795262400000000,100000000,'ae000de4-52b9-4233-a9ec-86851ef0ba30','system','device.lost','tank-1','{"number":0}','0000000000000000000000000000000000000000000000000000000000000000','c407f6ca1e1c71ce710545fdf6bf1825d2383d57f2482d28ff4de11d08c1fca4');
INSERT INTO "events" VALUES('01a1fdfa-49e8-7000-8114-9ed138f5a4d6','f235079d-2043-4d86-bc9d-912951c7d791',2,1795262401000000,101000000,'ae000de4-52b9-4233-a9ec-86851ef0ba30','system','device.lost','tank-1','{"number":1}','c407f6ca1e1c71ce710545fdf6bf1825d2383d57f2482d28ff4de11d08c1fca4','2003bc592c12c43cefad1479a39452100d75763aaf46980b86a8c11337f85c80');
INSERT INTO "events" VALUES('01a1fdfa-4dd0-7000-bc9e-657176c0ac78','f235079d-2043-4d86-bc9d-912951c7d791',3,1795262402000000,102000000,'ae000de4-52b9-4233-a9ec-86851ef0ba30','system','device.lost','tank-1','{"number":2}','2003bc592c12c43cefad1479a39452100d75763aaf46980b86a8c11337f85c80','a91fe7a2d242a55ae5a8870bcdd718f64809ad0113b3d22317fd5ceafabfcb26');
CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO "meta" VALUES('device_id','f235079d-2043-4d86-bc9d-912951c7d791');
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
INSERT INTO "signed_ends" VALUES('f235079d-2043-4d86-bc9d-912951c7d791',3,'a91fe7a2d242a55ae5a8870bcdd718f64809ad0113b3d22317fd5ceafabfcb26',1795262400000000,'be3bd3c3a220d33fb8f5d0b24e7c772d550d6192939ab003626cbf11adeaca4d','4b47848fc48044e0e72dd2ddc99cd0faf5fbcfaa5d58070618c99e17529a1ddb7119f99a4877705a685b3634857a92cdaf5a5c9dc0c66d9c47385a1305673f00');
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
