-- Whoever asks why a message did not arrive is told what its provider reported.
CREATE INDEX "Receipt_deliveryId_idx" ON "Receipt" ("deliveryId") WHERE "deliveryId" IS NOT NULL;
