CREATE TABLE "Digest" (
  "tenantId" TEXT NOT NULL,
  "recipientId" TEXT NOT NULL,
  "category" TEXT NOT NULL,
  "channel" TEXT NOT NULL,
  "endsAt" TIMESTAMPTZ(3) NOT NULL,
  "id" UUID NOT NULL,
  "listMax" INTEGER NOT NULL,
  "dueAt" TIMESTAMPTZ(3),
  "closedAt" TIMESTAMPTZ(3),
  "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "Digest_pkey" PRIMARY KEY ("tenantId", "recipientId", "category", "channel", "endsAt")
);
-- Not unique: it is a function of the key, and a second arbiter would let two inserts of one row fail instead of wait.
CREATE INDEX "Digest_id_idx" ON "Digest" ("id");
CREATE INDEX "Digest_dueAt_idx" ON "Digest" ("dueAt") WHERE "dueAt" IS NOT NULL;
CREATE INDEX "Digest_closedAt_idx" ON "Digest" ("closedAt") WHERE "closedAt" IS NOT NULL;

CREATE TABLE "DigestMember" (
  "digestId" UUID NOT NULL,
  "notificationId" UUID NOT NULL,
  "deliveryId" UUID NOT NULL,
  CONSTRAINT "DigestMember_pkey" PRIMARY KEY ("digestId", "notificationId")
);
