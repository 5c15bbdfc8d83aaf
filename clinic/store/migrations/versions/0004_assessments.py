"""Outcome tests."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "taken_tests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wearer_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("arm", sa.String(length=40), nullable=False),
        sa.Column("arm_kind", sa.String(length=20), nullable=False),
        sa.Column("practice", sa.Boolean(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("profile_version", sa.Integer(), nullable=True),
        sa.Column("profile_author", sa.String(length=300), nullable=False),
        sa.Column("decoder", sa.String(length=300), nullable=False),
        sa.Column("trained_on", sa.String(length=2000), nullable=False),
        sa.Column("changed", sa.String(length=300), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("ways", sa.Text(), nullable=False),
        sa.Column("not_counted", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["wearer_id"], ["wearers.id"], name=op.f("fk_taken_tests_wearer_id_wearers"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_taken_tests")),
    )
    with op.batch_alter_table("taken_tests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_taken_tests_wearer_id"), ["wearer_id"], unique=False)


def downgrade() -> None:
    """Drop them."""
    with op.batch_alter_table("taken_tests", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_taken_tests_wearer_id"))

    op.drop_table("taken_tests")
