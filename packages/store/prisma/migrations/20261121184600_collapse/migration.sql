-- Few notifications have a key, so this index stays small.
CREATE INDEX "Notification_collapseKey_idx" ON "Notification" ("tenantId", "recipientId", "collapseKey")
  WHERE "collapseKey" IS NOT NULL;
