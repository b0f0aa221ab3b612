# The starter rules and their tests; installed with their folders under
# $(pkgdatadir)/rules.d. A new rule is two lines here.

rules_access_loggingdir = $(pkgdatadir)/rules.d/access-logging
dist_rules_access_logging_DATA = \
	etc/rules.d/access-logging/server-access-logging-off.yaml \
	etc/rules.d/access-logging/server-access-logging-off.test.yaml \
	etc/rules.d/access-logging/server-access-logging-set.yaml \
	etc/rules.d/access-logging/server-access-logging-set.test.yaml

rules_anonymousdir = $(pkgdatadir)/rules.d/anonymous
dist_rules_anonymous_DATA = \
	etc/rules.d/anonymous/anonymous-list.yaml \
	etc/rules.d/anonymous/anonymous-list.test.yaml \
	etc/rules.d/anonymous/anonymous-read.yaml \
	etc/rules.d/anonymous/anonymous-read.test.yaml \
	etc/rules.d/anonymous/anonymous-write.yaml \
	etc/rules.d/anonymous/anonymous-write.test.yaml

rules_bucket_policydir = $(pkgdatadir)/rules.d/bucket-policy
dist_rules_bucket_policy_DATA = \
	etc/rules.d/bucket-policy/access-block-weakened.yaml \
	etc/rules.d/bucket-policy/access-block-weakened.test.yaml \
	etc/rules.d/bucket-policy/access-point-policy-public.yaml \
	etc/rules.d/bucket-policy/access-point-policy-public.test.yaml \
	etc/rules.d/bucket-policy/account-access-block-weakened.yaml \
	etc/rules.d/bucket-policy/account-access-block-weakened.test.yaml \
	etc/rules.d/bucket-policy/acl-public.yaml \
	etc/rules.d/bucket-policy/acl-public.test.yaml \
	etc/rules.d/bucket-policy/acls-enabled.yaml \
	etc/rules.d/bucket-policy/acls-enabled.test.yaml \
	etc/rules.d/bucket-policy/object-acl-public.yaml \
	etc/rules.d/bucket-policy/object-acl-public.test.yaml \
	etc/rules.d/bucket-policy/policy-canonical-user.yaml \
	etc/rules.d/bucket-policy/policy-canonical-user.test.yaml \
	etc/rules.d/bucket-policy/policy-deleted.yaml \
	etc/rules.d/bucket-policy/policy-deleted.test.yaml \
	etc/rules.d/bucket-policy/policy-other-account.yaml \
	etc/rules.d/bucket-policy/policy-other-account.test.yaml \
	etc/rules.d/bucket-policy/policy-public.yaml \
	etc/rules.d/bucket-policy/policy-public.test.yaml \
	etc/rules.d/bucket-policy/policy-public-condition.yaml \
	etc/rules.d/bucket-policy/policy-public-condition.test.yaml \
	etc/rules.d/bucket-policy/policy-several-accounts.yaml \
	etc/rules.d/bucket-policy/policy-several-accounts.test.yaml

rules_cloudtraildir = $(pkgdatadir)/rules.d/cloudtrail
dist_rules_cloudtrail_DATA = \
	etc/rules.d/cloudtrail/event-data-store-removed.yaml \
	etc/rules.d/cloudtrail/event-data-store-removed.test.yaml \
	etc/rules.d/cloudtrail/insights-removed.yaml \
	etc/rules.d/cloudtrail/insights-removed.test.yaml \
	etc/rules.d/cloudtrail/management-events-dropped.yaml \
	etc/rules.d/cloudtrail/management-events-dropped.test.yaml \
	etc/rules.d/cloudtrail/s3-data-events-dropped.yaml \
	etc/rules.d/cloudtrail/s3-data-events-dropped.test.yaml \
	etc/rules.d/cloudtrail/tampering-refused.yaml \
	etc/rules.d/cloudtrail/tampering-refused.test.yaml \
	etc/rules.d/cloudtrail/trail-deleted.yaml \
	etc/rules.d/cloudtrail/trail-deleted.test.yaml \
	etc/rules.d/cloudtrail/trail-moved.yaml \
	etc/rules.d/cloudtrail/trail-moved.test.yaml \
	etc/rules.d/cloudtrail/trail-narrowed.yaml \
	etc/rules.d/cloudtrail/trail-narrowed.test.yaml \
	etc/rules.d/cloudtrail/trail-stopped.yaml \
	etc/rules.d/cloudtrail/trail-stopped.test.yaml

rules_discoverydir = $(pkgdatadir)/rules.d/discovery
dist_rules_discovery_DATA = \
	etc/rules.d/discovery/attack-tool.yaml \
	etc/rules.d/discovery/attack-tool.test.yaml \
	etc/rules.d/discovery/endpoint-refused.yaml \
	etc/rules.d/discovery/endpoint-refused.test.yaml

rules_encryptiondir = $(pkgdatadir)/rules.d/encryption
dist_rules_encryption_DATA = \
	etc/rules.d/encryption/encryption-removed.yaml \
	etc/rules.d/encryption/encryption-removed.test.yaml \
	etc/rules.d/encryption/encryption-weakened.yaml \
	etc/rules.d/encryption/encryption-weakened.test.yaml \
	etc/rules.d/encryption/kms-key-policy-public.yaml \
	etc/rules.d/encryption/kms-key-policy-public.test.yaml \
	etc/rules.d/encryption/kms-key-unusable.yaml \
	etc/rules.d/encryption/kms-key-unusable.test.yaml

rules_iamdir = $(pkgdatadir)/rules.d/iam
dist_rules_iam_DATA = \
	etc/rules.d/iam/access-key-for-another.yaml \
	etc/rules.d/iam/access-key-for-another.test.yaml \
	etc/rules.d/iam/admin-policy-attached.yaml \
	etc/rules.d/iam/admin-policy-attached.test.yaml \
	etc/rules.d/iam/console-password-for-another.yaml \
	etc/rules.d/iam/console-password-for-another.test.yaml \
	etc/rules.d/iam/policy-allows-everything.yaml \
	etc/rules.d/iam/policy-allows-everything.test.yaml \
	etc/rules.d/iam/policy-with-escapes.yaml \
	etc/rules.d/iam/policy-with-escapes.test.yaml \
	etc/rules.d/iam/role-trust-federated.yaml \
	etc/rules.d/iam/role-trust-federated.test.yaml \
	etc/rules.d/iam/role-trust-opened.yaml \
	etc/rules.d/iam/role-trust-opened.test.yaml \
	etc/rules.d/iam/role-trust-several-accounts.yaml \
	etc/rules.d/iam/role-trust-several-accounts.test.yaml \
	etc/rules.d/iam/root-used.yaml \
	etc/rules.d/iam/root-used.test.yaml

rules_notificationsdir = $(pkgdatadir)/rules.d/notifications
dist_rules_notifications_DATA = \
	etc/rules.d/notifications/notifications-removed.yaml \
	etc/rules.d/notifications/notifications-removed.test.yaml

rules_ransomwaredir = $(pkgdatadir)/rules.d/ransomware
dist_rules_ransomware_DATA = \
	etc/rules.d/ransomware/bucket-deleted.yaml \
	etc/rules.d/ransomware/bucket-deleted.test.yaml \
	etc/rules.d/ransomware/foreign-kms-key.yaml \
	etc/rules.d/ransomware/foreign-kms-key.test.yaml \
	etc/rules.d/ransomware/mass-delete-call.yaml \
	etc/rules.d/ransomware/mass-delete-call.test.yaml \
	etc/rules.d/ransomware/ransom-note.yaml \
	etc/rules.d/ransomware/ransom-note.test.yaml \
	etc/rules.d/ransomware/replication-other-account.yaml \
	etc/rules.d/ransomware/replication-other-account.test.yaml \
	etc/rules.d/ransomware/replication-set.yaml \
	etc/rules.d/ransomware/replication-set.test.yaml \
	etc/rules.d/ransomware/sse-c-write.yaml \
	etc/rules.d/ransomware/sse-c-write.test.yaml

rules_tlsdir = $(pkgdatadir)/rules.d/tls
dist_rules_tls_DATA = \
	etc/rules.d/tls/old-tls.yaml \
	etc/rules.d/tls/old-tls.test.yaml \
	etc/rules.d/tls/plain-http.yaml \
	etc/rules.d/tls/plain-http.test.yaml \
	etc/rules.d/tls/signature-v2.yaml \
	etc/rules.d/tls/signature-v2.test.yaml

rules_versioningdir = $(pkgdatadir)/rules.d/versioning
dist_rules_versioning_DATA = \
	etc/rules.d/versioning/lifecycle-short-expiry.yaml \
	etc/rules.d/versioning/lifecycle-short-expiry.test.yaml \
	etc/rules.d/versioning/mfa-delete-disabled.yaml \
	etc/rules.d/versioning/mfa-delete-disabled.test.yaml \
	etc/rules.d/versioning/object-lock-bypassed.yaml \
	etc/rules.d/versioning/object-lock-bypassed.test.yaml \
	etc/rules.d/versioning/versioning-suspended.yaml \
	etc/rules.d/versioning/versioning-suspended.test.yaml

EXTRA_DIST += etc/bucketwatch.yaml
