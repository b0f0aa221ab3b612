# Manual pages: the places of this build are put in.
man_MANS = man/bucketwatch.8 man/bucketwatch.yaml.5 man/bucketwatch-rules.5
EXTRA_DIST += man/bucketwatch.8.in man/bucketwatch.yaml.5.in \
	man/bucketwatch-rules.5.in
CLEANFILES += $(man_MANS)

MAN_EDIT = $(SED) -e 's|@VERSION[@]|$(VERSION)|g' \
	-e 's|@sysconfdir[@]|$(sysconfdir)|g' \
	-e 's|@localstatedir[@]|$(localstatedir)|g' \
	-e 's|@pkgdatadir[@]|$(pkgdatadir)|g'

man/bucketwatch.8: man/bucketwatch.8.in Makefile
	$(AM_V_GEN)$(MKDIR_P) man && $(MAN_EDIT) $(srcdir)/man/bucketwatch.8.in >$@.tmp && mv $@.tmp $@
man/bucketwatch.yaml.5: man/bucketwatch.yaml.5.in Makefile
	$(AM_V_GEN)$(MKDIR_P) man && $(MAN_EDIT) $(srcdir)/man/bucketwatch.yaml.5.in >$@.tmp && mv $@.tmp $@
man/bucketwatch-rules.5: man/bucketwatch-rules.5.in Makefile
	$(AM_V_GEN)$(MKDIR_P) man && $(MAN_EDIT) $(srcdir)/man/bucketwatch-rules.5.in >$@.tmp && mv $@.tmp $@
