"""Course, diary and use at home."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "course_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wearer_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(length=100), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["wearer_id"], ["wearers.id"], name=op.f("fk_course_versions_wearer_id_wearers"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_versions")),
        sa.UniqueConstraint("wearer_id", "version", name="uq_course_versions_wearer_id_version"),
    )
    with op.batch_alter_table("course_versions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_course_versions_wearer_id"), ["wearer_id"], unique=False)

    op.create_table(
        "home_days",
        sa.Column("wearer_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("seen_s", sa.Double(), nullable=False),
        sa.Column("worn_s", sa.Double(), nullable=False),
        sa.Column("engaged_s", sa.Double(), nullable=False),
        sa.Column("stops", sa.Integer(), nullable=False),
        sa.Column("faults", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["wearer_id"], ["wearers.id"], name=op.f("fk_home_days_wearer_id_wearers"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("wearer_id", "day", name=op.f("pk_home_days")),
    )
    op.create_table(
        "home_marks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wearer_id", sa.Integer(), nullable=False),
        sa.Column("request", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.String(length=100), nullable=False),
        sa.Column("motion", sa.String(length=40), nullable=False),
        sa.Column("emg", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["wearer_id"], ["wearers.id"], name=op.f("fk_home_marks_wearer_id_wearers"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_home_marks")),
        sa.UniqueConstraint("wearer_id", "request", name="uq_home_marks_wearer_id_request"),
    )
    with op.batch_alter_table("home_marks", schema=None) as batch_op:
        batch_op.create_index("ix_home_marks_at", ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_home_marks_wearer_id"), ["wearer_id"], unique=False)

    op.create_table(
        "home_motions",
        sa.Column("wearer_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("motion", sa.String(length=40), nullable=False),
        sa.Column("begun", sa.Integer(), nullable=False),
        sa.Column("taken_back", sa.Integer(), nullable=False),
        sa.Column("marked", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["wearer_id"], ["wearers.id"], name=op.f("fk_home_motions_wearer_id_wearers"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("wearer_id", "day", "motion", name=op.f("pk_home_motions")),
    )
    op.create_table(
        "pain_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wearer_id", sa.Integer(), nullable=False),
        sa.Column("entry", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("made", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.String(length=100), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("window_h", sa.Integer(), nullable=False),
        sa.Column("residual_now", sa.Integer(), nullable=True),
        sa.Column("residual_average", sa.Integer(), nullable=True),
        sa.Column("residual_worst", sa.Integer(), nullable=True),
        sa.Column("phantom_now", sa.Integer(), nullable=True),
        sa.Column("phantom_average", sa.Integer(), nullable=True),
        sa.Column("phantom_worst", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["wearer_id"], ["wearers.id"], name=op.f("fk_pain_entries_wearer_id_wearers"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pain_entries")),
        sa.UniqueConstraint("wearer_id", "entry", "revision", name="uq_pain_entries_wearer_id_entry_revision"),
    )
    with op.batch_alter_table("pain_entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pain_entries_wearer_id"), ["wearer_id"], unique=False)

    op.create_table(
        "pain_flag_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wearer_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.String(length=100), nullable=False),
        sa.Column("offered", sa.Boolean(), nullable=False),
        sa.Column("agreed", sa.Boolean(), nullable=False),
        sa.Column("worst_from", sa.Integer(), nullable=False),
        sa.Column("rise_from", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["wearer_id"], ["wearers.id"], name=op.f("fk_pain_flag_versions_wearer_id_wearers"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pain_flag_versions")),
        sa.UniqueConstraint("wearer_id", "version", name="uq_pain_flag_versions_wearer_id_version"),
    )
    with op.batch_alter_table("pain_flag_versions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pain_flag_versions_wearer_id"), ["wearer_id"], unique=False)

    op.create_table(
        "site_measurements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wearer_id", sa.Integer(), nullable=False),
        sa.Column("request", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("author", sa.String(length=100), nullable=False),
        sa.Column("nerve", sa.String(length=64), nullable=False),
        sa.Column("muscle", sa.String(length=64), nullable=False),
        sa.Column("motion", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("rest", sa.Double(), nullable=False),
        sa.Column("effort", sa.Double(), nullable=False),
        sa.Column("strength", sa.Double(), nullable=False),
        sa.Column("strength_db", sa.Double(), nullable=False),
        sa.Column("repetitions", sa.Integer(), nullable=False),
        sa.Column("onsets", sa.Integer(), nullable=False),
        sa.Column("onset_s", sa.Double(), nullable=True),
        sa.Column("onset_spread_s", sa.Double(), nullable=True),
        sa.Column("independence", sa.Double(), nullable=True),
        sa.Column("hold_share", sa.Double(), nullable=True),
        sa.Column("grading", sa.Double(), nullable=True),
        sa.Column("withdrawn_by", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(
            ["wearer_id"], ["wearers.id"], name=op.f("fk_site_measurements_wearer_id_wearers"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_measurements")),
        sa.UniqueConstraint("wearer_id", "request", "motion", name="uq_site_measurements_wearer_id_request_motion"),
    )
    with op.batch_alter_table("site_measurements", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_site_measurements_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_site_measurements_wearer_id"), ["wearer_id"], unique=False)

    op.create_table(
        "training_sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wearer_id", sa.Integer(), nullable=False),
        sa.Column("request", sa.String(length=64), nullable=False),
        sa.Column("made", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.String(length=100), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("phase", sa.Integer(), nullable=True),
        sa.Column("exercise", sa.String(length=40), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("soreness", sa.Integer(), nullable=True),
        sa.Column("fatigue", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.ForeignKeyConstraint(
            ["wearer_id"], ["wearers.id"], name=op.f("fk_training_sessions_wearer_id_wearers"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_sessions")),
        sa.UniqueConstraint("wearer_id", "request", name="uq_training_sessions_wearer_id_request"),
    )
    with op.batch_alter_table("training_sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_training_sessions_wearer_id"), ["wearer_id"], unique=False)


def downgrade() -> None:
    """Drop them."""
    with op.batch_alter_table("training_sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_training_sessions_wearer_id"))

    op.drop_table("training_sessions")
    with op.batch_alter_table("site_measurements", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_site_measurements_wearer_id"))
        batch_op.drop_index(batch_op.f("ix_site_measurements_at"))

    op.drop_table("site_measurements")
    with op.batch_alter_table("pain_flag_versions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pain_flag_versions_wearer_id"))

    op.drop_table("pain_flag_versions")
    with op.batch_alter_table("pain_entries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pain_entries_wearer_id"))

    op.drop_table("pain_entries")
    op.drop_table("home_motions")
    with op.batch_alter_table("home_marks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_home_marks_wearer_id"))
        batch_op.drop_index("ix_home_marks_at")

    op.drop_table("home_marks")
    op.drop_table("home_days")
    with op.batch_alter_table("course_versions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_course_versions_wearer_id"))

    op.drop_table("course_versions")
