-- The case database as vigbox 0.1.0 left it, with the identity of its case VIG-7 (made for this test).
-- AGE-SECRET-KEY-1SPJK3FMMQ6KJXL2F8JLEVDPLS8WRMA926NXL92RMC9ZJU4UV29VQNPTZX9
BEGIN TRANSACTION;
CREATE TABLE audit_event (
	id INTEGER NOT NULL, 
	at VARCHAR NOT NULL, 
	what VARCHAR NOT NULL, 
	about VARCHAR NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "audit_event" VALUES(1,'2026-11-21T10:20:02+00:00','case opened','VIG-7');
INSERT INTO "audit_event" VALUES(2,'2026-11-21T10:20:02+00:00','case opened','VIG-8');
INSERT INTO "audit_event" VALUES(3,'2026-11-21T10:20:02+00:00','exported','11111111111111111111111111111111');
INSERT INTO "audit_event" VALUES(4,'2026-11-21T10:20:02+00:00','box armed','VIG-7');
CREATE TABLE "case" (
	id VARCHAR NOT NULL, 
	code VARCHAR NOT NULL, 
	helping_question VARCHAR NOT NULL, 
	recipient VARCHAR NOT NULL, 
	opened_at VARCHAR NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (code)
);
INSERT INTO "case" VALUES('c4dc6e30b18b14318ccb55b4c0cc945c','VIG-7','What soothes him?','age1ulpwcjmxmezr9l3rthee6yp3ky8e3rktl9n74aw9uhnzq06emadqnxv8m8','2026-11-21T10:20:02+00:00');
INSERT INTO "case" VALUES('88887aff603ab33474ac7b973c25c5ed','VIG-8','','age1x7ytet4lyqrv7sxpj3jjrewqgffsp47ux503k5nz7plm9tteqdwqsyt0zj','2026-11-21T10:20:02+00:00');
CREATE TABLE clip (
	id VARCHAR NOT NULL, 
	case_id VARCHAR NOT NULL, 
	recording VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	first INTEGER NOT NULL, 
	"end" INTEGER NOT NULL, 
	length_ms INTEGER NOT NULL, 
	made_at VARCHAR NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(case_id) REFERENCES "case" (id)
);
INSERT INTO "clip" VALUES('0c1664715c7786a6186a2bce1942f553','c4dc6e30b18b14318ccb55b4c0cc945c','00000000000000000000000000000000','She waits, he looks up',50,250,8000,'2026-11-21T10:20:02+00:00');
CREATE TABLE counter (
	name VARCHAR NOT NULL, 
	value INTEGER NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "counter" VALUES('arming',1);
CREATE TABLE export (
	id VARCHAR NOT NULL, 
	clip_id VARCHAR NOT NULL, 
	machine VARCHAR NOT NULL, 
	machine_name VARCHAR NOT NULL, 
	made_at VARCHAR NOT NULL, 
	verified_at VARCHAR NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(clip_id) REFERENCES clip (id)
);
INSERT INTO "export" VALUES('11111111111111111111111111111111','0c1664715c7786a6186a2bce1942f553','22222222222222222222222222222222','laptop','2026-11-21T10:00:00+00:00','');
CREATE TABLE participant (
	id INTEGER NOT NULL, 
	case_id VARCHAR NOT NULL, 
	role VARCHAR NOT NULL, 
	initials VARCHAR NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(case_id) REFERENCES "case" (id)
);
INSERT INTO "participant" VALUES(1,'c4dc6e30b18b14318ccb55b4c0cc945c','mother','M.');
INSERT INTO "participant" VALUES(2,'c4dc6e30b18b14318ccb55b4c0cc945c','child','Ü');
CREATE TABLE recipient (
	id VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	text VARCHAR NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "recipient" VALUES('1714fef3d518a2a84f2fc7debfbed57d','practitioner','Practitioner','age162tttzra68uj7w82yzznx50h47nh5ffx2t5xvv6e2c2kwec92cysxuu0dk');
INSERT INTO "recipient" VALUES('873dbdb1f6796c7e23c12460acf14c85','recovery','Recovery','age126ddp37563vrgncllacqt2chaqvtzt9glmu8qj9hxtuqt5m4u4csj3hth8');
CREATE INDEX ix_clip_recording ON clip (recording);
COMMIT;
