# The unit file and the papers.
SUBSTITUTE = $(SED) -e 's,@VERSION\@,$(VERSION),g' -e 's,@sysconfdir\@,$(sysconfdir),g' \
	-e 's,@bindir\@,$(bindir),g' -e 's,@pkgdatadir\@,$(pkgdatadir),g' \
	-e 's,@localstatedir\@,$(localstatedir),g'
systemd/bucketwatch.service: systemd/bucketwatch.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) systemd && \
	$(SUBSTITUTE) $(srcdir)/systemd/bucketwatch.service.in >$@
nodist_systemdsystemunit_DATA = systemd/bucketwatch.service
systemdsystemunitdir = @systemdsystemunitdir@
CLEANFILES += systemd/bucketwatch.service
dist_doc_DATA = README NEWS doc/architecture.md doc/performance.md
EXTRA_DIST += systemd/bucketwatch.service.in \
	tools/build.sh tools/packages.sh tools/packages.build tools/packages.test
AM_DISTCHECK_CONFIGURE_FLAGS = \
	--with-systemdsystemunitdir='$${prefix}/lib/systemd/system'
# The example logs go into the distribution as they are; nothing is installed.
EXTRA_DIST += \
	examples/README \
	examples/make.py \
	examples/drop/more-attack.json.gz \
	examples/logs/AWSLogs/111122223333/CloudTrail/eu-central-1/2026/11/20/111122223333_CloudTrail_eu-central-1_20261120T0805Z_Ab3dE5fGh7JkL9mN.json.gz \
	examples/logs/AWSLogs/111122223333/CloudTrail/eu-central-1/2026/11/20/111122223333_CloudTrail_eu-central-1_20261120T0820Z_pQ2rS4tU6vW8xY0z.json.gz \
	examples/logs/AWSLogs/111122223333/CloudTrail/eu-central-1/2026/11/20/111122223333_CloudTrail_eu-central-1_20261120T0835Z_Zy1xW3vU5tS7rQ9p.json.gz \
	examples/logs/s3access/2026-11-20-08-10-12-3C5A7B9D1E2F4A6B \
	examples/logs/s3access/2026-11-20-08-50-31-9D1E2F4A6B3C5A7B
